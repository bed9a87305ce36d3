import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { JwtVerifier } from "../../../server/auth/mod.ts";
import { token } from "../../../server/cli/mod.ts";
import { NO_TOKEN_KEYS } from "../../../server/config/mod.ts";

const NOW_S = 1_800_000_000;
const SECRET = "a secret of the tests";

async function run(args: readonly string[], secret: string | undefined = SECRET) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await token({
    args,
    secret,
    print: (text) => out.push(text),
    printError: (text) => err.push(text),
    now: () => NOW_S * 1_000 + 999,
  });
  return { code, stdout: out.join(""), stderr: err.join("") };
}

async function claims(...args: string[]) {
  const { code, stdout, stderr } = await run(args);
  assertEquals([code, stderr], [0, ""]);
  return decodeJwt(stdout.trim());
}

function verifier(secret = SECRET): JwtVerifier {
  const connection = { ...NO_TOKEN_KEYS, hmacSecretKey: secret };
  return new JwtVerifier({ connection, subscription: undefined, now: () => NOW_S * 1_000 });
}

Deno.test("midgard token prints the token in one line and nothing else", async () => {
  const { code, stdout, stderr } = await run([]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  assertEquals(decodeProtectedHeader(stdout), { alg: "HS256", typ: "JWT" });
});

Deno.test("midgard token signs a connection token that the server takes", async () => {
  const args = ["--user", "42", "--channels", "a,b", "--info", '{"name":"Ann"}', "--ttl", "2m"];
  const { stdout } = await run(args);
  assertEquals(await verifier().verifyConnection(stdout.trim()), {
    kind: "valid",
    value: {
      user: "42",
      expiresAt: NOW_S + 120,
      info: '{"name":"Ann"}',
      subscriptions: new Map([["a", {}], ["b", {}]]),
    },
  });
});

Deno.test("midgard token signs a subscription token that the server takes", async () => {
  const { stdout } = await run(["--user=42", "--channel=$news", "--client=c1", "--no-expiry"]);
  assertEquals(await verifier().verifySubscription(stdout.trim()), {
    kind: "valid",
    value: { channel: "$news", user: "42", client: "c1", grant: {} },
  });
});

Deno.test("midgard token signs for an hour unless it is told otherwise", async () => {
  assertEquals(await claims(), { iat: NOW_S, exp: NOW_S + 3_600 });
  assertEquals(await claims("--ttl", "30d"), { iat: NOW_S, exp: NOW_S + 30 * 86_400 });
  assertEquals(await claims("--ttl", "250ms"), { iat: NOW_S, exp: NOW_S + 1 });
  assertEquals(await claims("--no-expiry"), { iat: NOW_S });
});

Deno.test("midgard token leaves ids as they are", async () => {
  assertEquals((await claims("--user", "007")).sub, "007");
  assertEquals((await claims("--user=-1")).sub, "-1");
  assertFalse("sub" in await claims());
});

Deno.test("midgard token prefers the secret of its flag to that of the environment", async () => {
  const { stdout } = await run(["--secret", "mine"]);
  assertEquals((await verifier("mine").verifyConnection(stdout.trim())).kind, "valid");
  assertEquals((await verifier().verifyConnection(stdout.trim())).kind, "invalid");
});

Deno.test("midgard token --json prints the claims beside the token", async () => {
  const { stdout } = await run(["--user", "42", "--json"]);
  const answer = JSON.parse(stdout);
  assertEquals(Object.keys(answer), ["token", "claims"]);
  assertEquals(answer.claims, decodeJwt(answer.token));
});

Deno.test("midgard token --help tells its options and needs no secret", async () => {
  const { code, stdout } = await run(["--help"], "");
  assertEquals(code, 0);
  for (const flag of ["--user", "--channel", "--no-expiry", "MIDGARD_TOKEN_SECRET"]) {
    assertStringIncludes(stdout, flag);
  }
});

const REFUSED: readonly (readonly [args: readonly string[], sentence: string])[] = [
  [["--frobnicate"], 'as "--frobnicate" is no option of it'],
  [["42"], 'as "42" is no option of it'],
  [["--ttl", "soon"], 'as "--ttl" must be a duration such as 250ms, 5s, 2m or 24h'],
  [["--ttl"], 'as "--ttl" must have a value'],
  [["--ttl", "1h", "--no-expiry"], "with both --ttl and --no-expiry"],
  [["--info", "{"], 'as "--info" must be JSON'],
  [["--channel", "a b"], 'as "--channel" must be 1 to 255'],
  [["--user", ""], 'as "--user" must have a value'],
  [["--channels", "a,,b"], 'as "--channels" must be 1 to 255'],
  [["--channel", "a", "--channels", "b"], "with both --channel and --channels"],
  [["--client", "c1"], "for one --client without --channel"],
];

for (const [args, sentence] of REFUSED) {
  Deno.test(`midgard token ${args.join(" ")} is refused in one line, with exit code 2`, async () => {
    const { code, stdout, stderr } = await run(args);
    assertEquals([code, stdout], [2, ""]);
    assert(stderr.startsWith(`Cannot sign a token ${sentence}`), stderr);
    assertMatch(stderr, /^[^\n]+\n$/);
  });
}

Deno.test("midgard token without a secret says where one can come from", async () => {
  for (const secret of [undefined, ""]) {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await token({
      args: [],
      secret,
      print: (text) => out.push(text),
      printError: (text) => err.push(text),
    });
    assertEquals([code, out], [2, []]);
    assertStringIncludes(err.join(""), "add --secret, or set MIDGARD_TOKEN_SECRET");
  }
});
