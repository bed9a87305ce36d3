import { assert, assertEquals, assertNotMatch } from "@std/assert";
import { NO_TOKEN_KEYS } from "../../../server/config/mod.ts";
import { keysFor, NOW_S, SECRET, sign, unsigned, verifierOf } from "./signer.ts";

const VALID = { sub: "42" };

async function kindOf(
  token: string | Promise<string>,
  verifier = verifierOf(),
): Promise<string> {
  const verified = await verifier.verifyConnection(await token);
  return verified.kind === "invalid" ? `invalid: ${verified.reason}` : verified.kind;
}

const UNSIGNED = "invalid: the signature does not fit";
const REFUSED = "invalid: the algorithm is not one that a key is configured for";
const MALFORMED = "invalid: it is no JSON Web Token";

for (const alg of ["HS256", "HS384", "HS512"]) {
  Deno.test(`JwtVerifier takes ${alg} from the secret and from no other`, async () => {
    assertEquals(await kindOf(sign(VALID, { alg })), "valid");
    assertEquals(await kindOf(sign(VALID, { alg, key: "another secret" })), UNSIGNED);
  });
}

for (const alg of ["RS256", "RS384", "RS512"]) {
  Deno.test(`JwtVerifier takes ${alg} from the RSA key and from no other`, async () => {
    const [ours, other] = [await keysFor(alg), await keysFor(alg)];
    const verifier = verifierOf({ hmacSecretKey: undefined, rsaPublicKey: ours.pem });
    assertEquals(await kindOf(sign(VALID, { alg, key: ours.privateKey }), verifier), "valid");
    assertEquals(await kindOf(sign(VALID, { alg, key: other.privateKey }), verifier), UNSIGNED);
  });
}

for (const alg of ["ES256", "ES384", "ES512"]) {
  Deno.test(`JwtVerifier takes ${alg} from the ECDSA key and from no other`, async () => {
    const [ours, other] = [await keysFor(alg), await keysFor(alg)];
    const verifier = verifierOf({ hmacSecretKey: undefined, ecdsaPublicKey: `\n${ours.pem}\n` });
    assertEquals(await kindOf(sign(VALID, { alg, key: ours.privateKey }), verifier), "valid");
    assertEquals(await kindOf(sign(VALID, { alg, key: other.privateKey }), verifier), UNSIGNED);
  });
}

Deno.test("JwtVerifier refuses an ECDSA algorithm of another curve than the key's", async () => {
  const [ours, other] = [await keysFor("ES256"), await keysFor("ES384")];
  const verifier = verifierOf({ ecdsaPublicKey: ours.pem });
  const token = sign(VALID, { alg: "ES384", key: other.privateKey });
  assertEquals(await kindOf(token, verifier), REFUSED);
});

Deno.test("JwtVerifier takes a public key for no secret", async () => {
  const { pem } = await keysFor("RS256");
  const confused = sign(VALID, { key: pem });
  const onlyRsa = verifierOf({ hmacSecretKey: undefined, rsaPublicKey: pem });
  assertEquals(await kindOf(confused, onlyRsa), REFUSED);
  assertEquals(await kindOf(confused, verifierOf({ rsaPublicKey: pem })), UNSIGNED);
});

Deno.test("JwtVerifier refuses PS256, though the RSA key could check it", async () => {
  const { privateKey, pem } = await keysFor("PS256");
  const verifier = verifierOf({ rsaPublicKey: pem });
  assertEquals(await kindOf(sign(VALID, { alg: "PS256", key: privateKey }), verifier), REFUSED);
});

for (const alg of ["none", "None", "NONE", "nOnE", "", "HS1", "HS256 ", "hs256", "__proto__"]) {
  Deno.test(`JwtVerifier refuses the algorithm "${alg}"`, async () => {
    assertEquals(await kindOf(unsigned({ alg }, VALID)), REFUSED);
    assertEquals(await kindOf(unsigned({ alg }, VALID, "c2lnbmVk")), REFUSED);
  });
}

Deno.test("JwtVerifier without a key takes nothing", async () => {
  const verifier = verifierOf({ hmacSecretKey: undefined });
  const { privateKey } = await keysFor("ES256");
  assertEquals(await kindOf(sign(VALID), verifier), REFUSED);
  assertEquals(await kindOf(sign(VALID, { alg: "ES256", key: privateKey }), verifier), REFUSED);
  assertEquals(await kindOf(unsigned({ alg: "none" }, VALID), verifier), REFUSED);
  assertEquals(await kindOf(sign(VALID), verifierOf({ hmacSecretKey: "" })), REFUSED);
});

Deno.test("JwtVerifier notices a change to any part of a token", async () => {
  const token = await sign(VALID);
  const [header, , signature] = token.split(".");
  const [, forged] = unsigned({}, { sub: "1" }).split(".");
  assertEquals(await kindOf(`${header}.${forged}.${signature}`), UNSIGNED);
  assertEquals(await kindOf(`${token.slice(0, -4)}AAAA`), UNSIGNED);
  assertEquals(await kindOf(`${header}.${token.split(".")[1]}.`), UNSIGNED);
});

const NO_TOKENS = {
  "": "nothing",
  "a": "one part",
  "a.b": "two parts",
  "....": "five parts",
  "a.b.c": "a header that is no JSON",
  [unsigned([], {})]: "a header that is a list",
  [unsigned({ alg: 1 }, {})]: "an algorithm that is a number",
  [unsigned({}, {})]: "no algorithm",
  [unsigned({ alg: "HS256", crit: ["b64"], b64: false }, {})]: "an unencoded payload",
  [unsigned({ alg: "HS256", crit: ["x"], x: 1 }, {})]: "an extension that nobody knows",
};

for (const [token, what] of Object.entries(NO_TOKENS)) {
  Deno.test(`JwtVerifier refuses ${what}`, async () => {
    assertEquals(await kindOf(token), MALFORMED);
  });
}

for (const claims of [[], null, "text", 1]) {
  Deno.test(`JwtVerifier refuses the payload ${JSON.stringify(claims)}`, async () => {
    const { CompactSign } = await import("jose");
    const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(SECRET));
    assertEquals(await kindOf(token), MALFORMED);
  });
}

Deno.test("JwtVerifier refuses a token of more than 16 KiB before it looks at it", async () => {
  const signed = (length: number) => sign({ meta: "x".repeat(length) });
  const perCharacter = ((await signed(3_000)).length - (await signed(0)).length) / 3_000;
  const fitting = Math.floor((16_384 - (await signed(0)).length) / perCharacter) - 3;
  assertEquals(await kindOf(signed(fitting)), "valid");
  assertEquals(await kindOf(signed(fitting + 9)), "invalid: it is longer than 16384 characters");
  assertEquals(await kindOf("x".repeat(16_385)), "invalid: it is longer than 16384 characters");
});

for (const [secondsLeft, kind] of [[60, "valid"], [0, "valid"], [-1, UNSIGNED]] as const) {
  Deno.test(`JwtVerifier with ${secondsLeft} s left of the previous secret says ${kind}`, async () => {
    const verifier = verifierOf({
      hmacPreviousSecretKey: "old",
      hmacPreviousSecretKeyValidUntil: NOW_S + secondsLeft,
    });
    assertEquals(await kindOf(sign(VALID, { key: "old" }), verifier), kind);
    assertEquals(await kindOf(sign(VALID), verifier), "valid");
    assertEquals(await kindOf(sign(VALID, { key: "older" }), verifier), UNSIGNED);
  });
}

Deno.test("JwtVerifier takes a previous secret without an end for ever", async () => {
  const verifier = verifierOf({ hmacPreviousSecretKey: "old" });
  assertEquals(await kindOf(sign(VALID, { key: "old", alg: "HS512" }), verifier), "valid");
});

Deno.test("JwtVerifier checks subscription tokens with keys of their own, if there are any", async () => {
  const subscription = { ...NO_TOKEN_KEYS, hmacSecretKey: "for subscriptions" };
  const [own, shared] = [verifierOf({}, { subscription }), verifierOf()];
  const claims = { channel: "news" };
  const [ours, theirs] = [await sign(claims), await sign(claims, { key: "for subscriptions" })];
  assertEquals((await own.verifySubscription(theirs)).kind, "valid");
  assertEquals((await own.verifySubscription(ours)).kind, "invalid");
  assertEquals((await shared.verifySubscription(ours)).kind, "valid");
  assertEquals(
    (await own.verifyConnection(await sign(VALID, { key: "for subscriptions" }))).kind,
    "invalid",
  );
});

const TIMES: readonly (readonly [claims: Record<string, unknown>, kind: string])[] = [
  [{ exp: NOW_S + 1 }, "valid"],
  [{ exp: NOW_S }, "expired"],
  [{ exp: NOW_S - 1 }, "expired"],
  [{ exp: NOW_S + 0.5 }, "valid"],
  [{ exp: 0 }, "expired"],
  [{ nbf: NOW_S }, "valid"],
  [{ nbf: NOW_S + 1 }, "expired"],
  [{ nbf: NOW_S - 1, exp: NOW_S + 1, iat: NOW_S }, "valid"],
  [{ iat: NOW_S + 3_600 }, "valid"],
  [{ exp: NOW_S - 1, expire_at: NOW_S + 60 }, "expired"],
  [{ exp: NOW_S - 1, expire_at: 0 }, "expired"],
];

for (const [times, kind] of TIMES) {
  Deno.test(`JwtVerifier at ${NOW_S} calls ${JSON.stringify(times)} ${kind}`, async () => {
    assertEquals(await kindOf(sign({ ...VALID, ...times })), kind);
    const token = await sign({ channel: "news", ...times });
    assertEquals((await verifierOf().verifySubscription(token)).kind, kind);
  });
}

Deno.test("JwtVerifier says nothing of the time of a token that is forged or elsewhere's", async () => {
  const expired = { exp: NOW_S - 1 };
  assertEquals(await kindOf(sign(expired, { key: "another" })), UNSIGNED);
  const elsewhere = verifierOf({ issuer: "us" });
  assertEquals(await kindOf(sign(expired), elsewhere), "invalid: the issuer is another one");
});

Deno.test("JwtVerifier blames itself for a key that it cannot read", async () => {
  const { privateKey, pem } = await keysFor("ES256");
  const verifier = verifierOf({ rsaPublicKey: "no key", ecdsaPublicKey: pem.replace("M", "N") });
  const rsa = await keysFor("RS256");
  const tokens = [
    sign(VALID, { alg: "RS256", key: rsa.privateKey }),
    sign(VALID, { alg: "ES256", key: privateKey }),
  ];
  for (const token of tokens) assertEquals(await kindOf(token, verifier), "unavailable");
});

Deno.test("JwtVerifier never rejects, and blames itself for what it did not expect", async () => {
  const now = () => {
    throw new Error(SECRET);
  };
  const verified = await verifierOf({}, { now }).verifyConnection(await sign(VALID));
  assert(verified.kind === "unavailable");
  assertNotMatch(verified.reason, new RegExp(SECRET));
});
