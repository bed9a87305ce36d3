/** Lets one recovery of a client after the other be read and sent: together they could be any size. */
export class RecoveryQueue {
  readonly #maxWaiting: () => number;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** @param maxWaiting How many may be under way or wait. */
  constructor(maxWaiting: () => number) {
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Calls `recover`, which must not reject, when it is its turn; false if too many wait. One that
   * nobody waits for any more counts until then.
   */
  add(recover: () => Promise<void>): boolean {
    if (this.#waiting >= this.#maxWaiting()) return false;
    this.#waiting += 1;
    const recovered = this.#waiting === 1 ? recover() : this.#last.then(recover);
    this.#last = recovered.then(this.#onRecovered);
    return true;
  }

  readonly #onRecovered = (): void => {
    this.#waiting -= 1;
  };
}
