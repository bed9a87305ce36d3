/** Counts what has begun and not yet ended: the requests whose answers are still on their way. */
export class InFlight {
  #count = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  /** How many have not ended. */
  get count(): number {
    return this.#count;
  }

  /** Counts `work` until it settles; how it settles does not matter (a client may vanish). */
  track(work: Promise<unknown>): void {
    this.#count += 1;
    const end = () => {
      this.#count -= 1;
      if (this.#count > 0) return;
      this.#idle?.resolve();
      this.#idle = undefined;
    };
    work.then(end, end);
  }

  /** Resolves once nothing is in flight; at once if nothing is. */
  async idle(): Promise<void> {
    if (this.#count === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }
}
