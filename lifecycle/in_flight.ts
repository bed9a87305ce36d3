/** One thing in flight. */
export interface Flight {
  /** Settles when it has ended. */
  readonly completed: Promise<unknown>;
  /** Waits for it no longer, as it may never end. Safe to call twice. */
  abandon(): void;
}

/** Counts what has begun and not yet ended: the requests whose answers are still on their way. */
export class InFlight {
  readonly #open = new Set<Promise<void>>();
  #idle: PromiseWithResolvers<void> | undefined;

  /** How many have not ended. */
  get count(): number {
    return this.#open.size;
  }

  /** Counts `work` until it settles or is abandoned; how it settles does not matter. */
  track(work: Promise<unknown>): Flight {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open.add(promise);
    const end = () => {
      if (!this.#open.delete(promise)) return;
      resolve();
      if (this.#open.size > 0) return;
      this.#idle?.resolve();
      this.#idle = undefined;
    };
    work.then(end, end);
    return { completed: work, abandon: end };
  }

  /** Resolves once what is in flight now has ended, whatever has begun meanwhile. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** Resolves once nothing is in flight, which may never be; at once if nothing is. */
  async idle(): Promise<void> {
    if (this.#open.size === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }
}
