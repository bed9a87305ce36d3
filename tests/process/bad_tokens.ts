/** Everything that can be wrong with a token, and what a client is told of it. */
import { base64url } from "jose";
import { type Keys, keysFor, unsigned } from "../server/auth/signer.ts";
import { inSeconds, type TokenSite } from "./token_site.ts";

/** Whom tokens must be from and for. */
export const ORIGIN = { iss: "the issuer", aud: "the audience" };

/** A token that is no good, or text that is none. */
export interface BadToken {
  readonly what: string;
  readonly token: string;
  /** Signed as it must be, but not for this moment: a new one would do. */
  readonly isUntimely?: boolean;
}

/** The keys that the server of these tests knows, and one that it does not. */
export interface TokenKeysOfTest {
  readonly rsa: Keys;
  readonly ecdsa: Keys;
  readonly unknownRsa: Keys;
}

/** Makes new keys. */
export async function makeKeys(): Promise<TokenKeysOfTest> {
  return {
    rsa: await keysFor("RS256"),
    ecdsa: await keysFor("ES256"),
    unknownRsa: await keysFor("RS256"),
  };
}

/** Bad tokens with these claims, which are those of a good one. */
export async function badTokens(
  site: TokenSite,
  claims: Readonly<Record<string, unknown>>,
  keys: TokenKeysOfTest,
): Promise<BadToken[]> {
  return [
    ...await forgedTokens(site, claims, keys),
    ...await misplacedTokens(site, claims),
    ...await untimelyTokens(site, claims),
    ...garbage(site),
  ];
}

async function forgedTokens(
  site: TokenSite,
  claims: Readonly<Record<string, unknown>>,
  { rsa, ecdsa, unknownRsa }: TokenKeysOfTest,
): Promise<BadToken[]> {
  const good = await site.sign(claims);
  const [header = "", payload = "", signature = ""] = good.split(".");
  const grown = base64url.encode(JSON.stringify({ ...claims, sub: "root" }));
  const none = (alg: string) => site.keepSecret(unsigned({ alg }, claims));
  const swapped = (alg: string) => `${base64url.encode(JSON.stringify({ alg }))}.${payload}`;
  const crit = base64url.encode(JSON.stringify({ alg: "HS256", crit: ["exp"], exp: 1 }));
  const last = signature.startsWith("A") ? "B" : "A";
  return [
    { what: "another signature", token: `${header}.${payload}.${last}${signature.slice(1)}` },
    { what: "half of a signature", token: good.slice(0, -20) },
    { what: "no signature", token: `${header}.${payload}.` },
    { what: "claims that were changed", token: `${header}.${grown}.${signature}` },
    { what: "alg none", token: none("none") },
    { what: "alg None", token: none("None") },
    { what: "alg none with a signature", token: `${swapped("none")}.${signature}` },
    { what: "alg HS512 of an HS256 signature", token: `${swapped("HS512")}.${signature}` },
    { what: "alg RS256 of an HS256 signature", token: `${swapped("RS256")}.${signature}` },
    { what: "alg that there is none of", token: `${swapped("HS1")}.${signature}` },
    { what: "a critical header", token: `${crit}.${payload}.${signature}` },
    { what: "another secret", token: await site.sign(claims, { key: "another secret of tests" }) },
    { what: "an empty secret", token: `${swapped("HS256")}.${signature.slice(0, 4)}` },
    { what: "a public RSA key as secret", token: await site.sign(claims, { key: rsa.pem }) },
    { what: "a public ECDSA key as secret", token: await site.sign(claims, { key: ecdsa.pem }) },
    { what: "an unknown RSA key", token: await signWith(site, claims, unknownRsa) },
  ];
}

async function signWith(site: TokenSite, claims: unknown, keys: Keys): Promise<string> {
  return await site.sign(claims, { alg: keys.alg, key: keys.privateKey });
}

async function misplacedTokens(
  site: TokenSite,
  claims: Readonly<Record<string, unknown>>,
): Promise<BadToken[]> {
  const wrong: Readonly<Record<string, object>> = {
    "another issuer": { iss: "another" },
    "no issuer": { iss: undefined },
    "another audience": { aud: "another" },
    "other audiences": { aud: ["one", "another"] },
    "no audience": { aud: undefined },
    "a user that is an object": { sub: {} },
    "a user of too many digits": { sub: 2 ** 60 },
    "an end that is a text": { exp: "soon" },
    "an expire_at below 0": { expire_at: -1 },
    "more than a token may say": { info: "A".repeat(13_000) },
  };
  return await Promise.all(
    Object.entries(wrong).map(async ([what, differing]) => ({
      what,
      token: await site.sign({ ...claims, ...differing }),
    })),
  );
}

async function untimelyTokens(
  site: TokenSite,
  claims: Readonly<Record<string, unknown>>,
): Promise<BadToken[]> {
  const wrong: Readonly<Record<string, object>> = {
    "an end that has passed": { exp: inSeconds(-1) },
    "an end that has passed, and an expire_at that has not": {
      exp: inSeconds(-1),
      expire_at: inSeconds(60),
    },
    "a beginning that is to come": { nbf: inSeconds(60), exp: inSeconds(90) },
  };
  return await Promise.all(
    Object.entries(wrong).map(async ([what, differing]) => ({
      what,
      token: await site.sign({ ...claims, ...differing }),
      isUntimely: true,
    })),
  );
}

function garbage(site: TokenSite): BadToken[] {
  const texts = ["x", "a.b.c", "..", "....", "null", "{}", "a".repeat(300), "é.é.é", "%00.%00.%00"];
  const large = `${base64url.encode('{"alg":"HS256"}')}.${"A".repeat(16_400)}.AAAA`;
  return [...texts, large].map((text) => ({
    what: `the text ${text.slice(0, 20)}`,
    token: site.keepSecret(text),
  }));
}
