import { concat } from "@std/bytes/concat";
import type { FoundKeys, Jose, UncheckedToken } from "./key_source.ts";

/** What a key set is fetched with. */
export interface FetchOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly fetch: typeof fetch;
  /** For one fetch, from request to the end of the answer. */
  readonly timeoutMs: number;
}

/** The keys of the last answer. */
interface Fetched {
  readonly select: ReturnType<Jose["createLocalJWKSet"]>;
  readonly atMs: number;
}

/** Keys are fetched again when they are this old. */
const MAX_AGE_MS = 10 * 60_000;
/** Keys that cannot be fetched again are used up to this age, so that an outage is survived. */
const MAX_STALE_MS = 60 * 60_000;
/** From the end of a fetch to the next one, whatever is asked for meanwhile. */
const COOLDOWN_MS = 10_000;
/** The same after a fetch that failed. */
const RETRY_MS = 2_000;
const MAX_ANSWER_BYTES = 256 * 1_024;
const MAX_KEYS = 256;

/**
 * The JSON Web Key Set (RFC 7517) at one address. It is fetched when a key is asked for that is
 * not in it, or when it is old; never more often than the cooldown allows and never twice at once.
 */
export class RemoteKeySet {
  readonly #url: string;
  readonly #options: FetchOptions;
  #fetched: Fetched | undefined;
  #triedAtMs = -Infinity;
  #pending: Promise<boolean> | undefined;
  /** Why the last fetch gave nothing. */
  #failure = "";

  constructor(url: string, options: FetchOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** A key that is not there is `invalid` only if the set has just been looked at. */
  async find(unchecked: UncheckedToken, jose: Jose): Promise<FoundKeys> {
    let isCurrent = this.#ageMs >= MAX_AGE_MS && await this.#refresh(jose);
    let keys = await this.#select(unchecked, jose);
    if (keys.length === 0 && !isCurrent) {
      isCurrent = await this.#refresh(jose);
      keys = await this.#select(unchecked, jose);
    }
    if (keys.length > 0) return { kind: "found", keys };
    if (isCurrent) return { kind: "invalid", reason: "the key set has no such key" };
    const reason = this.#failure === ""
      ? "the key set had no such key a moment ago"
      : `the key set cannot be fetched: ${this.#failure}`;
    return { kind: "unavailable", reason };
  }

  get #ageMs(): number {
    // A clock set back makes nothing young.
    return this.#fetched === undefined
      ? Infinity
      : Math.abs(this.#options.now() - this.#fetched.atMs);
  }

  /** Throws for a key that cannot be read. */
  async #select({ algorithm, keyId }: UncheckedToken, jose: Jose): Promise<readonly CryptoKey[]> {
    if (this.#fetched === undefined || this.#ageMs >= MAX_STALE_MS) return [];
    try {
      return [await this.#fetched.select({ alg: algorithm, kid: keyId })];
    } catch (error) {
      if (error instanceof jose.errors.JWKSNoMatchingKey) return [];
      if (error instanceof jose.errors.JWKSMultipleMatchingKeys) {
        return await Array.fromAsync(error);
      }
      throw error;
    }
  }

  /** Whether there is an answer that is newer than the call. */
  async #refresh(jose: Jose): Promise<boolean> {
    if (this.#pending) return await this.#pending;
    const sinceTriedMs = Math.abs(this.#options.now() - this.#triedAtMs);
    if (sinceTriedMs < (this.#failure === "" ? COOLDOWN_MS : RETRY_MS)) return false;
    this.#pending = this.#fetchKeys(jose);
    try {
      return await this.#pending;
    } finally {
      this.#pending = undefined;
      this.#triedAtMs = this.#options.now();
    }
  }

  async #fetchKeys(jose: Jose): Promise<boolean> {
    const answer = await this.#fetchText();
    this.#failure = answer.kind === "failed" ? answer.why : "";
    if (answer.kind === "failed") return false;
    const keys = publicKeysIn(answer.text);
    if (keys === undefined) {
      this.#failure = "it is no JSON Web Key Set";
      return false;
    }
    this.#fetched = { select: jose.createLocalJWKSet({ keys }), atMs: this.#options.now() };
    return true;
  }

  async #fetchText(): Promise<Answer> {
    const { fetch, timeoutMs } = this.#options;
    try {
      const answer = await fetch(this.#url, {
        headers: { accept: "application/json" },
        // An address is configured, not found on the way.
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (answer.status === 200) return await textOf(answer);
      await answer.body?.cancel();
      return { kind: "failed", why: `it answers ${answer.status}` };
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === "TimeoutError";
      return { kind: "failed", why: isLate ? "it is too slow" : "it cannot be reached" };
    }
  }
}

type Answer =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "failed"; readonly why: string };

async function textOf(answer: Response): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > MAX_ANSWER_BYTES) return { kind: "failed", why: "it is too large" };
    chunks.push(chunk);
  }
  return { kind: "text", text: new TextDecoder().decode(concat(chunks)) };
}

/** The keys that have a name; undefined if the text is no key set. */
function publicKeysIn(text: string): Record<string, unknown>[] | undefined {
  try {
    const { keys } = JSON.parse(text);
    if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined;
    return keys.filter((key) => typeof key?.kid === "string");
  } catch {
    return undefined;
  }
}
