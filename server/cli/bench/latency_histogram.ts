/** Steps between two powers of two: a value is known to within 1 / 128 of itself. */
const STEP_BITS = 7;
const STEPS = 2 ** STEP_BITS;
const MAX_BITS = 31;
/** Microseconds, 35 minutes: what is longer counts as this much, the maximum apart. */
const MAX_US = 2 ** MAX_BITS - 1;
const BUCKETS = (MAX_BITS - STEP_BITS + 1) * STEPS;

/**
 * How often each latency was seen, as HdrHistogram counts: in buckets that grow with the value, in
 * 25 KiB whatever comes.
 */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #maxMs = 0;

  /** Adds a latency in milliseconds; what is below 0 counts as 0. */
  record(ms: number): void {
    const us = Math.min(MAX_US, Math.max(0, Math.round(ms * 1_000)));
    const bucket = bucketOf(us);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  /** How many were added. */
  get count(): number {
    return this.#count;
  }

  /** Milliseconds, exactly; 0 when nothing was added. */
  get maxMs(): number {
    return this.#maxMs;
  }

  /**
   * The milliseconds that this share of all does not exceed, at most 1 / 128 too high; 0 when
   * nothing was added.
   *
   * @param share 0.99 for the 99th percentile.
   */
  percentileMs(share: number): number {
    const rank = Math.max(1, Math.ceil(this.#count * share));
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return Math.min(this.#maxMs, highestOf(bucket) / 1_000);
    }
    return this.#maxMs;
  }
}

/** The buckets of values below 2 x STEPS hold one value each, the next STEPS two each, and so on. */
function bucketOf(us: number): number {
  const shift = Math.max(0, MAX_BITS - STEP_BITS - Math.clz32(us));
  return shift * STEPS + (us >>> shift);
}

function highestOf(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / STEPS) - 1);
  return (bucket - shift * STEPS + 1) * 2 ** shift - 1;
}
