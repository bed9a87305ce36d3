const MAX_KEYS = 32;

/** Counts by a text that a server chose, so there is a bound: the rest is `other`. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** Counts one of these. */
  count(text: string): void {
    const isNew = !this.#counts.has(text);
    const key = isNew && this.#counts.size >= MAX_KEYS ? "other" : text;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** The counts by their texts. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
