import type { TokenKeys } from "../config/mod.ts";
import {
  ALGORITHM_REFUSED,
  type FoundKeys,
  type Jose,
  type KeySource,
  type UncheckedToken,
} from "./key_source.ts";

/** Keys that are part of the configuration. */
export type StaticKeyOptions = Pick<
  TokenKeys,
  | "hmacSecretKey"
  | "hmacPreviousSecretKey"
  | "hmacPreviousSecretKeyValidUntil"
  | "rsaPublicKey"
  | "ecdsaPublicKey"
>;

/** Public keys by the algorithms that they can check. */
type PublicKeys = ReadonlyMap<string, CryptoKey>;

const SIZES = ["256", "384", "512"] as const;
const MIN_RSA_BITS = 2_048; // RFC 7518 3.3

/**
 * Secrets and public keys of the configuration.
 *
 * The family of an algorithm alone decides which of them is used, so a public key can never be
 * taken for a secret (RFC 8725 3.1).
 */
export class StaticKeys implements KeySource {
  readonly #options: StaticKeyOptions;
  readonly #now: () => number;
  /** By secret and algorithm: two secrets, three algorithms. */
  readonly #secrets = new Map<string, Promise<CryptoKey>>();
  readonly #publicKeys = new Map<"RS" | "ES", Promise<PublicKeys>>();

  /** `now` gives milliseconds since 1970. */
  constructor(options: StaticKeyOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  async find({ algorithm }: UncheckedToken, jose: Jose): Promise<FoundKeys> {
    const [, family, size] = /^(HS|RS|ES)(256|384|512)$/.exec(algorithm) ?? [];
    if (family === undefined) return ALGORITHM_REFUSED;
    if (family === "HS") return await this.#findSecrets(`SHA-${size}`);
    const { rsaPublicKey, ecdsaPublicKey } = this.#options;
    return family === "RS"
      ? await this.#findPublicKey("RS", rsaPublicKey, { algorithm, jose })
      : await this.#findPublicKey("ES", ecdsaPublicKey, { algorithm, jose });
  }

  async #findSecrets(hash: string): Promise<FoundKeys> {
    const { hmacSecretKey, hmacPreviousSecretKey, hmacPreviousSecretKeyValidUntil } = this.#options;
    const isPreviousAccepted = this.#now() / 1_000 <= (hmacPreviousSecretKeyValidUntil ?? Infinity);
    const secrets = [hmacSecretKey, isPreviousAccepted ? hmacPreviousSecretKey : undefined]
      .flatMap((secret) => secret ? [secret] : []);
    if (secrets.length === 0) return ALGORITHM_REFUSED;
    return { kind: "found", keys: await Promise.all(secrets.map((s) => this.#secret(s, hash))) };
  }

  #secret(secret: string, hash: string): Promise<CryptoKey> {
    const name = `${hash} ${secret}`;
    const known = this.#secrets.get(name);
    if (known) return known;
    const bytes = new TextEncoder().encode(secret);
    const key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash }, false, ["verify"]);
    this.#secrets.set(name, key);
    return key;
  }

  async #findPublicKey(
    family: "RS" | "ES",
    pem: string | undefined,
    { algorithm, jose }: { algorithm: string; jose: Jose },
  ): Promise<FoundKeys> {
    if (!pem) return ALGORITHM_REFUSED;
    const pending = this.#publicKeys.get(family) ?? publicKeysOf(pem, family, jose);
    this.#publicKeys.set(family, pending);
    const keys = await pending;
    if (keys.size === 0) return { kind: "unavailable", reason: `the ${family} key cannot be used` };
    const key = keys.get(algorithm);
    return key === undefined ? ALGORITHM_REFUSED : { kind: "found", keys: [key] };
  }
}

/**
 * What is wrong with the public keys of a configuration, as names of options and rules that
 * complete "must be …". Loads the package that reads them only where there are any.
 */
export async function keyProblems(
  { rsaPublicKey, ecdsaPublicKey }: Pick<TokenKeys, "rsaPublicKey" | "ecdsaPublicKey">,
): Promise<readonly { readonly name: keyof TokenKeys; readonly rule: string }[]> {
  const problems: { name: keyof TokenKeys; rule: string }[] = [];
  if (rsaPublicKey && await isUnusable(rsaPublicKey, "RS")) {
    const rule = `a public RSA key of at least ${MIN_RSA_BITS} bits or its certificate, as PEM`;
    problems.push({ name: "rsaPublicKey", rule });
  }
  if (ecdsaPublicKey && await isUnusable(ecdsaPublicKey, "ES")) {
    const rule = "a public key of the curve P-256, P-384 or P-521 or its certificate, as PEM";
    problems.push({ name: "ecdsaPublicKey", rule });
  }
  return problems;
}

async function isUnusable(pem: string, family: "RS" | "ES"): Promise<boolean> {
  return (await publicKeysOf(pem, family, await import("jose"))).size === 0;
}

/**
 * The key for each algorithm of the family that it fits: all for RSA, one for a curve. P-521 fits
 * nothing on Deno 2.6, which does not know the curve.
 */
async function publicKeysOf(pem: string, family: "RS" | "ES", jose: Jose): Promise<PublicKeys> {
  const text = pem.trim();
  const read = text.startsWith("-----BEGIN CERTIFICATE-----") ? jose.importX509 : jose.importSPKI;
  const keys = new Map<string, CryptoKey>();
  for (const algorithm of SIZES.map((size) => `${family}${size}`)) {
    const key = await read(text, algorithm).catch(() => undefined);
    if (key && isStrong(key)) keys.set(algorithm, key);
  }
  return keys;
}

function isStrong({ algorithm }: CryptoKey): boolean {
  return !("modulusLength" in algorithm) || Number(algorithm.modulusLength) >= MIN_RSA_BITS;
}
