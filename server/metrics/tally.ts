/**
 * Counts how often each row of a fixed table was used. What is not of the table is counted as one,
 * so that nobody outside decides how many numbers there are.
 */
export class Tally<Row extends object> {
  readonly #counts = new Map<Row, number>();
  #others = 0;

  constructor(rows: Iterable<Row>) {
    for (const row of rows) this.#counts.set(row, 0);
  }

  count(row: Row): void {
    const before = this.#counts.get(row);
    if (before === undefined) this.#others += 1;
    else this.#counts.set(row, before + 1);
  }

  /** Whether it is a row of the table. */
  has(row: Row): boolean {
    return this.#counts.has(row);
  }

  /** Every row, also those that were never used. */
  entries(): Iterable<[Row, number]> {
    return this.#counts.entries();
  }

  /** Uses of what is not in the table. */
  get others(): number {
    return this.#others;
  }
}
