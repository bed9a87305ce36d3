import type { TokenKeys } from "../config/mod.ts";
import type { ClaimReader } from "./claim_reader.ts";
import { identityOf, subscriptionTokenOf } from "./granted_claims.ts";
import type { Identity, SubscriptionToken, TokenVerifier, Verified } from "./identity.ts";
import type { KeySource } from "./key_source.ts";
import { type ClaimRules, isTimely, originFault, originOf } from "./registered_claims.ts";
import { RemoteKeys } from "./remote_keys.ts";
import { signedClaims } from "./signed_claims.ts";
import { StaticKeys } from "./static_keys.ts";

/** What tokens are checked with. */
export interface JwtVerifierOptions {
  readonly connection: TokenKeys;
  /** Undefined where subscription tokens are checked as connection tokens are. */
  readonly subscription: TokenKeys | undefined;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** Fetches key sets. @default the platform's */
  readonly fetch?: typeof fetch;
  /** For one fetch of a key set. @default 5_000 */
  readonly fetchTimeoutMs?: number;
}

/** The keys of one kind of token, and what such a token must claim. */
interface Checks {
  readonly keys: KeySource;
  readonly rules: ClaimRules;
  readonly userIdClaim: string;
}

const FETCH_TIMEOUT_MS = 5_000;

/**
 * Checks JSON Web Tokens (RFC 7519) as Centrifugo does.
 *
 * Where an address of a key set is configured it is the only source of keys, and secrets and keys
 * beside it are not used. Clocks get no leeway. Without any key every token is invalid.
 */
export class JwtVerifier implements TokenVerifier {
  readonly #now: () => number;
  readonly #connection: Checks;
  readonly #subscription: Checks;

  /** Throws a RangeError for an address of keys that cannot be used. */
  constructor(options: JwtVerifierOptions) {
    this.#now = options.now ?? Date.now;
    this.#connection = checksOf(options.connection, options);
    this.#subscription = options.subscription === undefined
      ? this.#connection
      : checksOf(options.subscription, options);
  }

  async verifyConnection(token: string): Promise<Verified<Identity>> {
    return await this.#verify(token, this.#connection, identityOf);
  }

  async verifySubscription(token: string): Promise<Verified<SubscriptionToken>> {
    return await this.#verify(token, this.#subscription, subscriptionTokenOf);
  }

  async #verify<T>(
    token: string,
    { keys, rules, userIdClaim }: Checks,
    read: (claims: ClaimReader, userIdClaim: string) => T,
  ): Promise<Verified<T>> {
    try {
      const signed = await signedClaims(token, keys);
      if (signed.kind !== "signed") return signed;
      const { claims } = signed;
      const refused = originFault(originOf(claims), rules);
      const value = read(claims, userIdClaim);
      const isOfNow = isTimely(claims, this.#now() / 1_000);
      const reason = refused ?? claims.fault;
      if (reason !== undefined) return { kind: "invalid", reason };
      return isOfNow ? { kind: "valid", value } : { kind: "expired" };
    } catch (error) {
      // The message of an error may quote what it choked on.
      const name = error instanceof Error ? error.name : typeof error;
      return { kind: "unavailable", reason: `the check failed with ${name}` };
    }
  }
}

function checksOf(keys: TokenKeys, options: JwtVerifierOptions): Checks {
  return { keys: keySourceOf(keys, options), rules: keys, userIdClaim: keys.userIdClaim || "sub" };
}

function keySourceOf(keys: TokenKeys, options: JwtVerifierOptions): KeySource {
  const { now = Date.now, fetch = globalThis.fetch, fetchTimeoutMs = FETCH_TIMEOUT_MS } = options;
  const { jwksPublicEndpoint } = keys;
  if (!jwksPublicEndpoint) return new StaticKeys(keys, now);
  return new RemoteKeys({ ...keys, jwksPublicEndpoint }, { now, fetch, timeoutMs: fetchTimeoutMs });
}
