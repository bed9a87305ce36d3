/** How often a number fell between which bounds; observing allocates nothing. */
export class Histogram {
  /** Upper bounds, ascending; what is above the last counts only in {@linkcode count}. */
  readonly bounds: readonly number[];
  readonly #counts: Float64Array;
  #count = 0;
  #sum = 0;

  /** @param bounds Upper bounds, each part of its bucket, ascending. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length);
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  observe(value: number): void {
    this.#count += 1;
    this.#sum += value;
    const { bounds } = this;
    for (let index = 0; index < bounds.length; index++) {
      if (value > (bounds[index] ?? Infinity)) continue;
      this.#counts[index] = (this.#counts[index] ?? 0) + 1;
      return;
    }
  }

  /** For each bound how many numbers were up to it. */
  cumulative(): number[] {
    let sum = 0;
    return [...this.#counts].map((count) => sum += count);
  }
}
