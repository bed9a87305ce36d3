import { ClaimReader } from "./claim_reader.ts";
import { parseExactly } from "./exact_json.ts";
import type { Jose, KeySource } from "./key_source.ts";

/** What a token says, once it is known who signed it. */
export type SignedClaims =
  | { readonly kind: "signed"; readonly claims: ClaimReader }
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

/** Characters; longer tokens are not even looked at. */
const MAX_TOKEN_LENGTH = 16_384;

const MALFORMED: SignedClaims = { kind: "invalid", reason: "it is no JSON Web Token" };
const FORGED: SignedClaims = { kind: "invalid", reason: "the signature does not fit" };

/** Checks the algorithm and then the signature of a token; what it claims is for the caller. */
export async function signedClaims(token: string, source: KeySource): Promise<SignedClaims> {
  if (token.length > MAX_TOKEN_LENGTH) {
    return { kind: "invalid", reason: `it is longer than ${MAX_TOKEN_LENGTH} characters` };
  }
  const jose = await import("jose");
  const header = headerOf(token, jose);
  if (header === undefined) return MALFORMED;
  const found = await source.find({ token, ...header }, jose);
  if (found.kind !== "found") return found;
  for (const key of found.keys) {
    const signed = await checkedWith(key, { token, algorithm: header.algorithm, jose });
    if (signed !== FORGED) return signed;
  }
  return FORGED;
}

interface Header {
  readonly algorithm: string;
  readonly keyId: string | undefined;
}

function headerOf(token: string, jose: Jose): Header | undefined {
  try {
    const { alg, kid, b64 } = jose.decodeProtectedHeader(token);
    // RFC 7797 7: a JSON Web Token has no unencoded payload.
    if (typeof alg !== "string" || b64 === false) return undefined;
    return { algorithm: alg, keyId: typeof kid === "string" && kid !== "" ? kid : undefined };
  } catch {
    return undefined;
  }
}

async function checkedWith(
  key: CryptoKey,
  { token, algorithm, jose }: { token: string; algorithm: string; jose: Jose },
): Promise<SignedClaims> {
  try {
    const { payload } = await jose.compactVerify(token, key, { algorithms: [algorithm] });
    return claimsIn(payload);
  } catch (error) {
    if (error instanceof jose.errors.JWSSignatureVerificationFailed) return FORGED;
    if (error instanceof jose.errors.JOSEError) return MALFORMED;
    throw error;
  }
}

function claimsIn(payload: Uint8Array): SignedClaims {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
    const claims = JSON.parse(text);
    const isObject = typeof claims === "object" && claims !== null && !Array.isArray(claims);
    if (!isObject) return MALFORMED;
    const exact = parseExactly(text) as object;
    return { kind: "signed", claims: new ClaimReader(claims, { exact }) };
  } catch {
    return MALFORMED;
  }
}
