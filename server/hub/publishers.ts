/** Publishers whose publications are on their way; above it the first ones are forgotten. */
const MAX_PUBLISHERS = 65_536;

/**
 * Numbers for publishers, by which this server knows them again when a broker brings what they have
 * published: who takes no echo is not to be given its own.
 */
export class Publishers {
  readonly #publishers = new Map<number, object>();
  #last = 0;

  /** The number of one publication's publisher: 1 to 2³² - 1. */
  add(publisher: object): number {
    this.#last = this.#last % 0xffff_ffff + 1;
    this.#publishers.set(this.#last, publisher);
    if (this.#publishers.size > MAX_PUBLISHERS) {
      for (const [oldest] of this.#publishers) {
        this.#publishers.delete(oldest);
        break;
      }
    }
    return this.#last;
  }

  /** Who that is; forgotten with this. */
  take(number: number | undefined): object | undefined {
    if (number === undefined) return undefined;
    const publisher = this.#publishers.get(number);
    this.#publishers.delete(number);
    return publisher;
  }
}
