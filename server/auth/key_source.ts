/** The package that checks signatures; loaded with the first token, as that takes 26 ms. */
export type Jose = typeof import("jose");

/** A token whose signature is still to be checked. */
export interface UncheckedToken {
  readonly token: string;
  /** As its header names it. */
  readonly algorithm: string;
  /** As its header names it; undefined where it does not. */
  readonly keyId: string | undefined;
}

/** Keys, one of which must have signed the token. */
export type FoundKeys =
  | { readonly kind: "found"; readonly keys: readonly CryptoKey[] }
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

/** Where the keys of tokens are. */
export interface KeySource {
  /** Refuses an algorithm that there is no key for, before anything else of the token is looked at. */
  find(unchecked: UncheckedToken, jose: Jose): Promise<FoundKeys>;
}

/** What is said of an algorithm that no key is configured for. */
export const ALGORITHM_REFUSED: FoundKeys = {
  kind: "invalid",
  reason: "the algorithm is not one that a key is configured for",
};
