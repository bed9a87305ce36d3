import {
  base64url,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from "jose";
import { JwtVerifier, type JwtVerifierOptions } from "../../../server/auth/mod.ts";
import { NO_TOKEN_KEYS, type TokenKeys } from "../../../server/config/mod.ts";

/** Seconds since 1970 at which the tests take place. */
export const NOW_S = 1_800_000_000;
/** The secret of {@linkcode sign} and {@linkcode verifierOf} where nothing else is said. */
export const SECRET = "a secret of the tests";

/** Signs claims with HMAC, or with `key`. */
export async function sign(
  claims: unknown,
  { alg = "HS256", key = SECRET, kid }: {
    readonly alg?: string;
    readonly key?: string | CryptoKey;
    readonly kid?: string;
  } = {},
): Promise<string> {
  const secret = typeof key === "string" ? new TextEncoder().encode(key) : key;
  return await new SignJWT(claims as JWTPayload)
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }) })
    .sign(secret);
}

/** A token that is put together by hand, with a signature that fits nothing. */
export function unsigned(header: unknown, claims: unknown, signature = ""): string {
  return `${base64url.encode(JSON.stringify(header))}.${
    base64url.encode(JSON.stringify(claims))
  }.${signature}`;
}

/** A verifier that holds {@linkcode SECRET} unless `keys` says otherwise, at {@linkcode NOW_S}. */
export function verifierOf(
  keys: Partial<TokenKeys> = {},
  options: Partial<JwtVerifierOptions> = {},
): JwtVerifier {
  return new JwtVerifier({
    connection: { ...NO_TOKEN_KEYS, hmacSecretKey: SECRET, ...keys },
    subscription: undefined,
    now: () => NOW_S * 1_000,
    ...options,
  });
}

/** A key pair for tests, its public half in every form. */
export interface Keys {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly pem: string;
  readonly jwk: JWK;
}

/** A new key pair for the algorithm. */
export async function keysFor(alg: string, kid = "first"): Promise<Keys> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...await exportJWK(publicKey), kid };
  return { alg, privateKey, pem: await exportSPKI(publicKey), jwk };
}
