/** What a server with a certificate says when it starts, and which files it refuses. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Authority, type CertificateFiles } from "../helpers/authority.ts";
import { assertStopped } from "../helpers/expectations.ts";
import { commandLine, forEachMode, Midgard, type Mode, ROOT } from "../helpers/midgard.ts";
import { within } from "../helpers/wait.ts";

forEachMode("a server with a certificate says https and answers over it", async (mode) => {
  await using authority = await Authority.create();
  const { args } = await authority.issue({ toDay: 30.5 });
  await using server = await Midgard.start({ mode, args });
  const { url } = await server.ready;
  assertEquals(url, `https://127.0.0.1:${server.port}`);
  using client = Deno.createHttpClient({ caCerts: [authority.caText] });
  const told = await within(server.log.next("certificate"), { what: "the certificate's line" });
  assertEquals([told?.["names"], told?.["days_left"]], [["localhost", "127.0.0.1"], 30]);
  const metrics = await (await fetch(`${url}/metrics`, { client })).text();
  const [, expiry] = /^midgard_tls_certificate_expiry_timestamp_seconds (\d\S*)$/m.exec(metrics)!;
  assertEquals(new Date(Number(expiry) * 1_000).toISOString(), told?.["expires_at"]);
  assertStopped(await server.stop());
});

forEachMode("every kind of key works that certificates have", async (mode) => {
  await using authority = await Authority.create();
  const kinds = [
    ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    ["-algorithm", "ED25519"],
  ];
  for (const keyArgs of kinds) {
    const { args } = await authority.issue({ keyArgs });
    await using server = await Midgard.start({ mode, args });
    using client = Deno.createHttpClient({ caCerts: [authority.caText] });
    const response = await fetch(`${(await server.ready).url}/readyz`, { client });
    assertEquals([response.status, await response.json()], [200, { status: "ready" }]);
    assertStopped(await server.stop());
  }
});

forEachMode(
  "a certificate that ends soon, or has ended, is served and said aloud",
  async (mode) => {
    await using authority = await Authority.create();
    const wishes = [
      {
        wish: { toDay: 13.5 },
        event: "certificate_expiring",
        level: "warning",
        text: "in 13 days",
      },
      { wish: { fromDay: -9, toDay: -2.5 }, event: "certificate_invalid", text: "2 days ago" },
      { wish: { fromDay: 2, toDay: 9 }, event: "certificate_invalid", text: "not valid before" },
    ];
    for (const { wish, event, level = "error", text } of wishes) {
      const { args } = await authority.issue(wish);
      await using server = await Midgard.start({ mode, args });
      const line = await within(server.log.next(event), { what: event });
      assertEquals(line?.["level"], level);
      assertStringIncludes(String(line?.["message"]), text);
      assertStopped(await server.stop());
    }
  },
);

/** Starts a server that is refused with code 2; gives its only problem. */
async function refusal(mode: Mode, args: readonly string[]): Promise<string> {
  await using server = Midgard.spawn({ mode, args });
  const { code } = await server.exit();
  assertEquals(code, 2, `${server.log}`);
  const text = `${server.log}`.trim();
  assertEquals(text.split("\n").length, 1, text);
  assert(!text.includes("PRIVATE KEY"), text);
  return text.replaceAll('\\"', '"');
}

/** Pairs of files that cannot be served, each with what is said of it. */
async function badPairs(
  authority: Authority,
): Promise<readonly (readonly [files: CertificateFiles, rule: string])[]> {
  const good = await authority.issue();
  const other = await authority.issue();
  const [cert, key] = [good.cert, good.key].map((path) => path.split("/").at(-1)!) as [
    string,
    string,
  ];
  const otherKey = other.key.split("/").at(-1)!;
  const certText = await Deno.readTextFile(good.cert);
  await authority.write("empty.pem", "");
  await authority.write("cut.pem", certText.replace(/\n.{64}\n/, "\n"));
  await authority.write("turned.pem", authority.caText + certText);
  await authority.write(
    "bad-key.pem",
    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
  );
  const encrypted = (await authority.encrypt(good.key)).split("/").at(-1)!;
  const pair = authority.files.bind(authority);
  return [
    [pair("none.pem", key), '"--tls-cert" must be a file that can be read'],
    [pair(cert, "none.pem"), '"--tls-key" must be a file that can be read'],
    [pair("empty.pem", key), '"--tls-cert" must be a file that holds a certificate in PEM'],
    [pair(key, key), '"--tls-cert" must be a file that holds a certificate in PEM'],
    [pair(cert, cert), '"--tls-key" must be a file that holds a private key in PEM'],
    [pair("cut.pem", key), '"--tls-cert" must be a file whose certificates are whole'],
    [pair(cert, "bad-key.pem"), '"--tls-key" must be a file that holds a whole RSA, ECDSA or'],
    [pair(cert, encrypted), '"--tls-key" must be a file that holds a private key without a pass'],
    [pair(cert, otherKey), `"--tls-key" must be the key of the certificate in "${good.cert}"`],
    [pair("turned.pem", key), '"--tls-cert" must be a file that begins with the certificate of'],
  ];
}

forEachMode("files that cannot be served are refused with code 2, in one line", async (mode) => {
  await using authority = await Authority.create();
  for (const [{ args }, rule] of await badPairs(authority)) {
    assertStringIncludes(await refusal(mode, args), `Cannot start as ${rule}`);
  }
});

forEachMode("a certificate without its key is refused, and names its source", async (mode) => {
  await using server = Midgard.spawn({ mode, env: { MIDGARD_TLS_CERT: "cert.pem" } });
  assertEquals((await server.exit()).code, 2);
  assertEquals(
    `${server.log}`.trim(),
    'Cannot start with "MIDGARD_TLS_CERT" alone as TLS takes --tls-key as well',
  );
});

forEachMode("midgard config --check looks into the TLS files", async (mode) => {
  await using authority = await Authority.create();
  const [one, other] = [await authority.issue(), await authority.issue()];
  const check = async (tls: object) => {
    const file = await authority.write("midgard.json", JSON.stringify({ tls }));
    const [program = "", ...words] = commandLine({ mode });
    const command = mode === "compiled" ? [] : words.slice(0, words.indexOf("serve"));
    const args = [...command, "config", "--check", file];
    const { code, stderr } = await new Deno.Command(program, { args, cwd: ROOT }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  assertEquals(await check({ cert: one.cert, key: one.key }), { code: 0, stderr: "" });
  const { code, stderr } = await check({ cert: one.cert, key: other.key });
  assertEquals(code, 2);
  assertMatch(stderr, /midgard\.json: tls\.key" must be the key of the certificate/);
});

forEachMode(
  "a second instance with the certificate names the one that holds the port",
  async (mode) => {
    await using authority = await Authority.create();
    const { args } = await authority.issue();
    await using first = await Midgard.start({ mode, args });
    await using second = Midgard.spawn({ mode, args: [...args, "--port", `${first.port}`] });
    assertEquals((await second.exit()).code, 1);
    assertStringIncludes(`${second.log}`, `pid ${first.pid}`);
    assertStopped(await first.stop());
  },
);
