import { ClaimReader } from "./claim_reader.ts";
import { KeySetEndpoint, type KeySetEndpointOptions } from "./key_set_endpoint.ts";
import {
  ALGORITHM_REFUSED,
  type FoundKeys,
  type Jose,
  type KeySource,
  type UncheckedToken,
} from "./key_source.ts";
import { originOf } from "./registered_claims.ts";
import { type FetchOptions, RemoteKeySet } from "./remote_key_set.ts";

const ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"];
/** Beyond it the set that was added first is forgotten, and fetched again when it is needed. */
const MAX_KEY_SETS = 64;

/** Public keys from an address that depends on where a token comes from, or not. */
export class RemoteKeys implements KeySource {
  readonly #endpoint: KeySetEndpoint;
  readonly #options: FetchOptions;
  /** By address: one issuer's keys must never check the token of another. */
  readonly #sets = new Map<string, RemoteKeySet>();

  /** Throws a RangeError for an address that cannot be used. */
  constructor(endpoint: KeySetEndpointOptions, options: FetchOptions) {
    this.#endpoint = new KeySetEndpoint(endpoint);
    this.#options = options;
  }

  async find(unchecked: UncheckedToken, jose: Jose): Promise<FoundKeys> {
    if (!ALGORITHMS.includes(unchecked.algorithm)) return ALGORITHM_REFUSED;
    if (unchecked.keyId === undefined) return { kind: "invalid", reason: "it names no key" };
    const url = this.#urlFor(unchecked, jose);
    if (url === undefined) {
      return { kind: "invalid", reason: "there are no keys for its issuer and audience" };
    }
    return await this.#setAt(url).find(unchecked, jose);
  }

  #urlFor({ token }: UncheckedToken, jose: Jose): string | undefined {
    if (!this.#endpoint.isTemplate) return this.#endpoint.urlFor({ issuer: "", audiences: [] });
    try {
      return this.#endpoint.urlFor(originOf(new ClaimReader(jose.decodeJwt(token))));
    } catch (error) {
      if (error instanceof jose.errors.JOSEError) return undefined;
      throw error;
    }
  }

  #setAt(url: string): RemoteKeySet {
    const known = this.#sets.get(url);
    if (known) return known;
    const [oldest] = this.#sets.keys();
    if (oldest !== undefined && this.#sets.size >= MAX_KEY_SETS) this.#sets.delete(oldest);
    const set = new RemoteKeySet(url, this.#options);
    this.#sets.set(url, set);
    return set;
  }
}
