import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { JwtVerifier } from "../../../server/auth/mod.ts";
import { KeyServer, keySet } from "./key_server.ts";
import { type Keys, keysFor, NOW_S, SECRET, sign, verifierOf } from "./signer.ts";

const VALID = { sub: "42" };
const FIRST = await keysFor("ES256", "first");
const SECOND = await keysFor("ES256", "second");

/** A verifier of the server's keys, whose clock is `clock`. */
function remote(server: KeyServer, clock = { nowMs: NOW_S * 1_000 }): JwtVerifier {
  return verifierOf({ jwksPublicEndpoint: `${server.url}/keys` }, { now: () => clock.nowMs });
}

async function check(verifier: JwtVerifier, keys: Keys, kid: string | undefined = keys.jwk.kid) {
  const { alg, privateKey } = keys;
  const token = await sign(VALID, { alg, key: privateKey, ...(kid !== undefined && { kid }) });
  return await verifier.verifyConnection(token);
}

async function reasonOf(verifier: JwtVerifier, keys: Keys): Promise<string> {
  const verified = await check(verifier, keys);
  assert(verified.kind === "unavailable", JSON.stringify(verified));
  return verified.reason;
}

for (const alg of ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"]) {
  Deno.test(`JwtVerifier takes ${alg} from a key set`, async () => {
    const [ours, other] = [await keysFor(alg), await keysFor(alg)];
    for (const jwk of [ours.jwk, { ...ours.jwk, alg, use: "sig" }]) {
      await using server = new KeyServer(SECOND.jwk, jwk);
      const verifier = remote(server);
      assertEquals((await check(verifier, ours)).kind, "valid");
      assertEquals(await check(verifier, other), {
        kind: "invalid",
        reason: "the signature does not fit",
      });
    }
  });
}

Deno.test("JwtVerifier with a key set uses no secret, and needs the name of a key", async () => {
  await using server = new KeyServer(FIRST.jwk, { kty: "oct", k: btoa(SECRET), kid: "secret" });
  const verifier = remote(server);
  for (const kid of ["first", "secret"]) {
    const verified = await verifier.verifyConnection(await sign(VALID, { kid }));
    assert(verified.kind === "invalid");
    assertStringIncludes(verified.reason, "algorithm");
  }
  const { alg, privateKey: key } = FIRST;
  const nameless = await verifier.verifyConnection(await sign(VALID, { alg, key }));
  assertEquals(nameless, { kind: "invalid", reason: "it names no key" });
  assertEquals(server.asked, []);
});

Deno.test("JwtVerifier fetches a key set once for all who need it", async () => {
  await using server = new KeyServer(FIRST.jwk);
  const verifier = remote(server);
  const token = await sign(VALID, { alg: FIRST.alg, key: FIRST.privateKey, kid: "first" });
  const all = await Promise.all(Array(20).fill(token).map((t) => verifier.verifyConnection(t)));
  assertEquals(all.every(({ kind }) => kind === "valid"), true);
  assertEquals((await check(verifier, FIRST)).kind, "valid");
  assertEquals(server.asked, ["/keys"]);
});

Deno.test("JwtVerifier finds the keys of a rotation, at most once in ten seconds", async () => {
  await using server = new KeyServer(FIRST.jwk);
  const clock = { nowMs: NOW_S * 1_000 };
  const verifier = remote(server, clock);
  assertEquals((await check(verifier, FIRST)).kind, "valid");

  server.answer = () => keySet(SECOND.jwk);
  clock.nowMs += 9_999;
  assertEquals((await check(verifier, SECOND)).kind, "unavailable");
  assertEquals(server.asked.length, 1);
  clock.nowMs += 1;
  assertEquals((await check(verifier, SECOND)).kind, "valid");
  assertEquals(server.asked.length, 2);

  assertEquals((await check(verifier, FIRST)).kind, "unavailable");
  clock.nowMs += 10_000;
  const gone = await check(verifier, FIRST);
  assertEquals(gone, { kind: "invalid", reason: "the key set has no such key" });
  assertEquals(server.asked.length, 3);
});

Deno.test("JwtVerifier asks no more than once for keys that nobody has", async () => {
  await using server = new KeyServer(FIRST.jwk);
  const verifier = remote(server);
  assertEquals((await check(verifier, FIRST, "nobody's")).kind, "invalid");
  for (let i = 0; i < 20; i++) {
    assertEquals((await check(verifier, FIRST, `nobody's ${i}`)).kind, "unavailable");
  }
  assertEquals((await check(verifier, FIRST)).kind, "valid");
  assertEquals(server.asked.length, 1);
});

Deno.test("JwtVerifier looks for withdrawn keys every ten minutes", async () => {
  await using server = new KeyServer(FIRST.jwk);
  const clock = { nowMs: NOW_S * 1_000 };
  const verifier = remote(server, clock);
  assertEquals((await check(verifier, FIRST)).kind, "valid");
  server.answer = () => keySet(SECOND.jwk);
  clock.nowMs += 600_000;
  assertEquals((await check(verifier, FIRST)).kind, "invalid");
});

Deno.test("JwtVerifier lives on its keys for an hour when they cannot be fetched again", async () => {
  await using server = new KeyServer(FIRST.jwk);
  const clock = { nowMs: NOW_S * 1_000 };
  const verifier = remote(server, clock);
  assertEquals((await check(verifier, FIRST)).kind, "valid");
  server.answer = () => new Response("", { status: 500 });
  clock.nowMs += 3_599_999;
  assertEquals((await check(verifier, FIRST)).kind, "valid");
  assertEquals((await check(verifier, SECOND)).kind, "unavailable");
  assertEquals(server.asked.length, 2);
  clock.nowMs += 1;
  assertEquals((await check(verifier, FIRST)).kind, "unavailable");
  server.answer = () => keySet(FIRST.jwk);
  clock.nowMs += 2_000;
  assertEquals((await check(verifier, FIRST)).kind, "valid");
});

Deno.test("JwtVerifier takes any of several keys of one name", async () => {
  await using server = new KeyServer(SECOND.jwk, { ...FIRST.jwk, kid: "second" });
  const verifier = remote(server);
  assertEquals((await check(verifier, FIRST, "second")).kind, "valid");
  assertEquals((await check(verifier, SECOND)).kind, "valid");
});

Deno.test("JwtVerifier uses no key of a set for what it is not for", async () => {
  const others = [{ use: "enc" }, { alg: "ES384" }, { key_ops: ["sign"] }];
  for (const other of others) {
    await using server = new KeyServer({ ...FIRST.jwk, ...other });
    assertEquals((await check(remote(server), FIRST)).kind, "invalid", JSON.stringify(other));
  }
});

Deno.test("JwtVerifier finds the good keys of a set among what is none", async () => {
  await using server = new KeyServer(null, 1, "x", {}, { kid: 1 }, { kid: "x" }, FIRST.jwk);
  assertEquals((await check(remote(server), FIRST)).kind, "valid");
});

Deno.test("JwtVerifier blames the endpoint for a key that cannot be read or is private", async () => {
  const { exportJWK, generateKeyPair } = await import("jose");
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const secret = { ...await exportJWK(privateKey), kid: "first" };
  for (const jwk of [{ ...FIRST.jwk, y: 1 }, secret]) {
    await using server = new KeyServer(jwk);
    assertStringIncludes(await reasonOf(remote(server), FIRST), "the check failed with");
  }
});

const FAILURES: Readonly<Record<string, readonly [() => Response, string]>> = {
  "a status other than 200": [() => new Response("", { status: 503 }), "it answers 503"],
  "a redirection": [
    () => new Response(null, { status: 302, headers: { location: "/elsewhere" } }),
    "it answers 302",
  ],
  "no JSON": [() => new Response("{"), "it is no JSON Web Key Set"],
  "no keys": [() => Response.json({}), "it is no JSON Web Key Set"],
  "null": [() => Response.json(null), "it is no JSON Web Key Set"],
  "too many keys": [() => keySet(...Array(257).fill(FIRST.jwk)), "it is no JSON Web Key Set"],
  "more than 256 KiB": [() => new Response("x".repeat(262_145)), "it is too large"],
};

for (const [what, [answer, why]] of Object.entries(FAILURES)) {
  Deno.test(`JwtVerifier blames the endpoint for ${what}, and asks again after 2 s`, async () => {
    await using server = new KeyServer();
    server.answer = answer;
    const clock = { nowMs: NOW_S * 1_000 };
    const verifier = remote(server, clock);
    assertStringIncludes(await reasonOf(verifier, FIRST), why);
    server.answer = () => keySet(FIRST.jwk);
    clock.nowMs += 1_999;
    assertStringIncludes(await reasonOf(verifier, FIRST), why);
    clock.nowMs += 1;
    assertEquals((await check(verifier, FIRST)).kind, "valid");
    assertEquals(server.asked, ["/keys", "/keys"]);
  });
}

Deno.test("JwtVerifier blames the endpoint when nobody answers", async () => {
  const server = new KeyServer();
  const verifier = remote(server);
  await server[Symbol.asyncDispose]();
  assertStringIncludes(await reasonOf(verifier, FIRST), "it cannot be reached");
});

Deno.test("JwtVerifier waits no longer for keys than it may", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
  });
  for (const answer of [() => released.then(() => new Response()), () => new Response(body)]) {
    await using server = new KeyServer();
    server.answer = answer;
    const jwksPublicEndpoint = `${server.url}/keys`;
    const verifier = verifierOf({ jwksPublicEndpoint }, { fetchTimeoutMs: 50 });
    assertStringIncludes(await reasonOf(verifier, FIRST), "it is too slow");
    release();
  }
});
