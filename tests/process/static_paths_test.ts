/** No address leads out of the folder of `--public`, and none writes a header into an answer. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Authority } from "../helpers/authority.ts";
import { curl } from "../helpers/curl.ts";
import { rawRequest } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";

const SECRET = "nobody may read this";

/** A folder to serve, with things beside it that must not be. */
async function makeFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  await Deno.mkdir(`${path}/public/folder`, { recursive: true });
  await Deno.mkdir(`${path}/public-not`);
  await Deno.writeTextFile(`${path}/public/index.html`, "index");
  await Deno.writeTextFile(`${path}/public/folder/index.html`, "folder");
  for (const name of ["secret.txt", "public-not/secret.txt", "public/.secret.txt"]) {
    await Deno.writeTextFile(`${path}/${name}`, SECRET);
  }
  await Deno.symlink("../secret.txt", `${path}/public/link.txt`);
  await Deno.symlink("..", `${path}/public/up`);
  await Deno.symlink("link.txt", `${path}/public/link-to-link.txt`);
  await Deno.symlink("loop.txt", `${path}/public/loop.txt`);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** As they are sent, byte by byte. */
const WAYS_OUT = [
  "/../secret.txt",
  "/folder/../../secret.txt",
  "/%2e%2e/secret.txt",
  "/%2e%2e%2fsecret.txt",
  "/.%2e/secret.txt",
  "/..%2fsecret.txt",
  "/folder%2f..%2f..%2fsecret.txt",
  "/%252e%252e%252fsecret.txt",
  "/..%c0%afsecret.txt",
  "/%c0%ae%c0%ae/secret.txt",
  "/..%5csecret.txt",
  "/..\\secret.txt",
  "/..;/secret.txt",
  "/../public-not/secret.txt",
  "//../secret.txt",
  "/./../secret.txt",
  "/.secret.txt",
  "/%2esecret.txt",
  "/folder/..%00/secret.txt",
  "/link.txt",
  "/link-to-link.txt",
  "/loop.txt",
  "/up/secret.txt",
  "/up/public-not/secret.txt",
  "/link.txt%00.html",
  "/index.html%00",
  "/proc/self/environ",
  "/%2fproc%2fself%2fenviron",
  "/file:%2f%2f%2fetc/passwd",
];

forEachMode("no address leads out of the folder of --public", async (mode) => {
  await using folder = await makeFolder();
  await using authority = await Authority.create();
  const { args } = await authority.issue();
  const files = ["--public", `${folder.path}/public`];
  await using plain = await Midgard.start({ mode, args: files });
  await using secure = await Midgard.start({ mode, args: [...files, ...args] });
  const trust = ["--cacert", authority.ca, "--http2", "--path-as-is"];
  const origin = `https://localhost:${secure.port}`;
  assertEquals(await curl(...trust, `${origin}/folder/`), {
    ...{ version: "2", status: 200, body: "folder" },
  });
  for (const path of WAYS_OUT) {
    for (const target of [path, `http://127.0.0.1${path}`]) {
      const text = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`;
      const { status, body } = await rawRequest(plain.port, text);
      assert(status === 400 || status === 404, `${status} for ${target}`);
      assert(!body.includes(SECRET), target);
    }
    const { status, body } = await curl(...trust, `${origin}${path}`);
    assert(status === 400 || status === 404, `${status} for ${path} over HTTP/2`);
    assert(!body.includes(SECRET), path);
  }
  for (const server of [plain, secure]) assertEquals((await server.stop()).code, 0);
});

const BREAK = "%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0abody";

/** Requests in which something stands that comes back in a header, and would begin another. */
const INJECTIONS: readonly (readonly [target: string, header: string])[] = [
  [`/folder?${BREAK}`, ""],
  [`/folder${BREAK}`, ""],
  [`/folder%0d%0a`, ""],
  [`/${BREAK}/folder`, ""],
  [`//evil.example/%2e%2e/folder`, ""],
  [`//evil.example${BREAK}`, ""],
  [`/channels/a?epoch=${BREAK}&since=1`, ""],
  [`/channels/${BREAK}`, ""],
  [`/channels/a?token=${BREAK}`, ""],
  [`/api/${BREAK}`, ""],
  ["/channels", `Origin: http://127.0.0.1%0d%0aSet-Cookie: a=b\r\n`],
  ["/channels", "If-None-Match: %0d%0aSet-Cookie: a=b\r\n"],
];

forEachMode("nothing that a client sends begins a header of an answer", async (mode) => {
  await using folder = await makeFolder();
  await using server = await Midgard.start({ mode, args: ["--public", `${folder.path}/public`] });
  for (const [target, header] of INJECTIONS) {
    const text = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${header}Connection: close\r\n\r\n`;
    const { status, headers } = await rawRequest(server.port, text);
    assert(status < 500, `${status} for ${target}`);
    assertEquals(headers.get("set-cookie"), null, target);
    const location = headers.get("location") ?? "/";
    assert(/^\/(?![/\\])[!-~]*$/.test(location), `${target} leads to ${location}`);
  }
  const redirect = await rawRequest(
    server.port,
    `GET /folder?${BREAK} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
  );
  assertEquals([redirect.status, redirect.headers.get("location")], [301, `/folder/?${BREAK}`]);
  assertEquals((await server.stop()).code, 0);
});

/** What must not lie in the folder, and the options that name it. */
const EXPOSED = [
  { args: [], says: 'the history, "midgard.db"' },
  { args: ["--data", "folder/new.db"], says: 'the history, "folder/new.db"' },
  { args: ["--data", "folder/../h.db"], says: 'the history, "folder/../h.db"' },
  { args: ["--data", "memory", "--config", "c.json"], says: 'the configuration, "c.json"' },
  {
    args: ["--data", "memory", "--tls-cert", "c.pem", "--tls-key", "k.pem"],
    says: "the private key",
  },
];

forEachMode("a folder of --public that would show secrets is refused", async (mode) => {
  await using folder = await makeFolder();
  await using authority = await Authority.create();
  const cwd = `${folder.path}/public`;
  await Deno.writeTextFile(`${cwd}/c.json`, "{}");
  const issued = await authority.issue();
  await Deno.copyFile(issued.cert, `${cwd}/c.pem`);
  await Deno.copyFile(issued.key, `${cwd}/k.pem`);
  await Deno.symlink(cwd, `${folder.path}/by-another-name`);
  for (const { args, says } of EXPOSED) {
    for (const shown of [".", cwd, `${folder.path}/by-another-name`]) {
      await using server = Midgard.spawn({ mode, cwd, args: [...args, "--public", shown] });
      assertEquals((await server.exit()).code, 2, `${server.log}`);
      const [line] = server.log.of("start_failed");
      const expected = `Cannot start as "--public" must be a folder that does not hold ${says}`;
      assertStringIncludes(String(line?.["message"]), expected);
    }
  }
  // From the refusal nothing was made.
  const names = Array.from(Deno.readDirSync(cwd), ({ name }) => name);
  assertEquals(names.filter((name) => name.endsWith(".db")), []);
});

forEachMode("a folder of --public may lie beside what is secret, or hide it", async (mode) => {
  await using folder = await makeFolder();
  const cwd = `${folder.path}/public`;
  for (const data of ["../midgard.db", ".midgard.db", "../public-not/midgard.db"]) {
    await using server = await Midgard.start({
      mode,
      cwd,
      args: ["--data", data, "--public", "."],
    });
    for (const path of ["/midgard.db", "/.midgard.db", "/.midgard.db-wal"]) {
      const { status } = await fetch(`http://127.0.0.1:${server.port}${path}`);
      assertEquals(status, 404, path);
    }
    assertEquals((await server.stop()).code, 0);
  }
});
