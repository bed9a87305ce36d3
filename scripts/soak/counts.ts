/** How often things of each kind happened. The kinds are few: codes, statuses, names of faults. */
export class Counts {
  readonly #counts = new Map<string, number>();

  /** One more of that kind, or `by` more. */
  add(kind: string, by = 1): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + by);
  }

  /** All kinds, by name. */
  get all(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a < b ? -1 : 1));
  }

  /** How many there were of all kinds together. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
