import type { Position } from "../publication.ts";
import type { Appended, Draft } from "./history_log.ts";
import { IDEMPOTENCY_TTL_MS } from "./history_log.ts";

interface Remembered {
  readonly digest: string;
  readonly position: Position;
  readonly expiresAt: number;
}

/** Keys remembered at once; above it the oldest are forgotten before their time. */
const MAX_KEYS = 100_000;

/** Idempotency keys of the last minutes, in memory. */
export class RecentKeys {
  readonly #now: () => number;
  /** In the order in which they expire. */
  readonly #keys = new Map<string, Remembered>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What became of an earlier draft with the same key, or undefined if there was none. */
  find({ channel, idempotency }: Draft): Appended | undefined {
    if (idempotency === undefined) return undefined;
    const earlier = this.#keys.get(nameOf(channel, idempotency.key));
    if (earlier === undefined || earlier.expiresAt <= this.#now()) return undefined;
    if (earlier.digest !== idempotency.digest) return { kind: "conflict" };
    return { kind: "repeated", position: earlier.position };
  }

  remember({ channel, idempotency }: Draft, position: Position): void {
    if (idempotency === undefined) return;
    const name = nameOf(channel, idempotency.key);
    const now = this.#now();
    this.#keys.delete(name);
    this.#keys.set(name, {
      digest: idempotency.digest,
      position,
      expiresAt: now + IDEMPOTENCY_TTL_MS,
    });
    for (const [oldest, { expiresAt }] of this.#keys) {
      if (expiresAt > now && this.#keys.size <= MAX_KEYS) return;
      this.#keys.delete(oldest);
    }
  }
}

/** A space cannot be in a channel's name, so no two pairs share a name. */
function nameOf(channel: string, key: string): string {
  return `${channel} ${key}`;
}
