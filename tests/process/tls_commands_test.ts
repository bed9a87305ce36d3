/** The commands that talk to a running server, over TLS. */
import { assertEquals, assertMatch } from "@std/assert";
import { Authority } from "../helpers/authority.ts";
import { commandLine, forEachMode, Midgard, type Mode, ROOT } from "../helpers/midgard.ts";

/** Runs a command to its end. */
async function run(mode: Mode, ...args: string[]) {
  const [program = "", ...words] = commandLine({ mode });
  const command = mode === "compiled" ? [] : words.slice(0, words.indexOf("serve"));
  const { code, stdout, stderr } = await new Deno.Command(program, {
    ...{ args: [...command, ...args], cwd: ROOT },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

forEachMode("midgard status and bench trust the authority of --ca", async (mode) => {
  await using authority = await Authority.create();
  const { args } = await authority.issue();
  await using server = await Midgard.start({ mode, args });
  const at = ["--url", `https://127.0.0.1:${server.port}`, "--ca", authority.ca];
  const status = await run(mode, "status", ...at);
  assertEquals([status.code, status.stderr], [0, ""]);
  assertMatch(status.stdout, /^status +ready$/m);
  for (const protocol of ["centrifuge", "plain"]) {
    const load = ["--messages", "100", "--protocol", protocol, "--json"];
    const { code, stdout, stderr } = await run(mode, "bench", ...at, ...load);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(JSON.parse(stdout).delivery.delivered, 100);
  }
  assertEquals((await server.stop()).code, 0);
});

forEachMode("midgard status and bench say what they mind about a certificate", async (mode) => {
  await using authority = await Authority.create();
  const wishes = [
    { wish: {}, ca: [], says: /nobody vouches for its certificate: name the file .* with --ca/ },
    { wish: { names: ["other.example"] }, says: /its certificate is not for this host/ },
    { wish: { fromDay: -9, toDay: -1 }, says: /its certificate has expired/ },
  ];
  for (const { wish, ca = ["--ca", authority.ca], says } of wishes) {
    const { args } = await authority.issue(wish);
    await using server = await Midgard.start({ mode, args });
    const url = `https://127.0.0.1:${server.port}`;
    for (const command of ["status", "bench"]) {
      const { code, stdout, stderr } = await run(mode, command, "--url", url, ...ca);
      assertEquals(code, 1);
      assertMatch(stderr, says, `${command}: ${stdout}`);
    }
    assertEquals((await server.stop()).code, 0);
  }
});

forEachMode("midgard status and bench refuse a --ca that holds nobody", async (mode) => {
  await using authority = await Authority.create();
  const files = [
    { file: authority.path("none.pem"), says: /"--ca" must be a file that can be read/ },
    {
      file: authority.path("ca.cnf"),
      says: /"--ca" must be a file that holds certificates in PEM/,
    },
  ];
  for (const { file, says } of files) {
    for (const command of ["status", "bench"]) {
      const { code, stderr } = await run(mode, command, "--ca", file);
      assertEquals(code, 2);
      assertMatch(stderr, says);
    }
  }
});

forEachMode("midgard status and bench say which scheme to try", async (mode) => {
  await using authority = await Authority.create();
  const { args } = await authority.issue();
  await using plain = await Midgard.start({ mode });
  await using secure = await Midgard.start({ mode, args });
  const wrong = [
    { url: `https://127.0.0.1:${plain.port}`, says: /: it speaks no TLS: try http:\/\/$/m },
    { url: `http://127.0.0.1:${secure.port}`, says: /: it speaks no HTTP: try https:\/\/$/m },
  ];
  for (const { url, says } of wrong) {
    for (const command of ["status", "bench"]) {
      const { code, stderr } = await run(mode, command, "--url", url, "--ca", authority.ca);
      assertEquals(code, 1);
      assertMatch(stderr.replace(/ \(connection .*\)/, ""), says);
    }
  }
  for (const server of [plain, secure]) assertEquals((await server.stop()).code, 0);
});
