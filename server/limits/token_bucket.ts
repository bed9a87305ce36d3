/** How fast a token bucket fills, and how much it holds. */
export interface Rate {
  /** Tokens that come back in a second; 0 for no limit. */
  readonly perSecond: number;
  /** Tokens that may be taken at once; at least 1. */
  readonly burst: number;
}

/** A millionth of a millisecond: what sums of fractions may be off. */
const TOLERANCE_MS = 1e-6;

/**
 * A token bucket as one number and without a timer: the moment at which it will be full again (the
 * generic cell rate algorithm, ITU-T I.371 A.1, is the same in other words). It begins full.
 */
export class TokenBucket {
  #fullAtMs = -Infinity;

  /**
   * Milliseconds until so many tokens can be taken; 0 if they can be now. Who wants more than the
   * bucket holds waits until it is full, and leaves it in debt.
   *
   * @param tokens 0 or more. @param nowMs On any clock that does not go back.
   */
  waitMs(tokens: number, { perSecond, burst }: Rate, nowMs: number): number {
    if (perSecond === 0) return 0;
    const wanted = Math.min(tokens, burst);
    const waitMs = this.#fullAtMs - nowMs - (burst - wanted) * 1_000 / perSecond;
    return waitMs > TOLERANCE_MS ? waitMs : 0;
  }

  /** Takes tokens, whether they are there or not. */
  take(tokens: number, { perSecond }: Rate, nowMs: number): void {
    if (perSecond === 0) return;
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + tokens * 1_000 / perSecond;
  }
}
