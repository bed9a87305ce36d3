import { TICKS_PER_MS } from "./clock.ts";

const LONGEST_TICKS = 600_000;

/** Latencies of any number of deliveries, each to a tick. */
export class Histogram {
  readonly #counts = new Uint32Array(LONGEST_TICKS + 1);
  #count = 0;

  /** How many it holds. */
  get count(): number {
    return this.#count;
  }

  /** Takes a latency; one beyond a minute counts as a minute, one below zero as zero. */
  add(ticks: number): void {
    const index = Math.min(LONGEST_TICKS, Math.max(0, ticks));
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
  }

  /** Milliseconds that this share of all latencies did not exceed; NaN when it is empty. */
  quantileMs(share: number): number {
    const wanted = Math.ceil(this.#count * share);
    if (wanted === 0) return NaN;
    let seen = 0;
    const ticks = this.#counts.findIndex((count) => (seen += count) >= wanted);
    return ticks / TICKS_PER_MS;
  }
}
