/** One thing in flight. */
export interface Flight {
  /** Settles when it has ended. */
  readonly completed: Promise<unknown>;
  /** Waits for it no longer, as it may never end. Safe to call twice. */
  abandon(): void;
}

/** Counts what has begun and not yet ended: the requests whose answers are still on their way. */
export class InFlight {
  #count = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  /** How many have not ended. */
  get count(): number {
    return this.#count;
  }

  /** Counts `work` until it settles or is abandoned; how it settles does not matter. */
  track(work: Promise<unknown>): Flight {
    this.#count += 1;
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      this.#count -= 1;
      if (this.#count > 0) return;
      this.#idle?.resolve();
      this.#idle = undefined;
    };
    work.then(end, end);
    return { completed: work, abandon: end };
  }

  /** Resolves once nothing is in flight; at once if nothing is. */
  async idle(): Promise<void> {
    if (this.#count === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }
}
