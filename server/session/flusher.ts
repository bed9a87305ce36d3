/** Something that sends what it holds when it is told to. */
export interface Flushable {
  /** Must not throw. */
  flush(): void;
}

/** One for each time at which it may be done, shared by all sessions. */
export interface Flushers {
  /** Once the running code has ended. */
  readonly soon: Flusher;
  /** At the end of the turn of the event loop. */
  readonly turnEnd: Flusher;
}

/**
 * Flushes once the running code has ended, or the turn of the event loop: whatever many parts of it
 * had to say to a client becomes one frame. One callback serves them all.
 */
export class Flusher {
  #waiting: Flushable[] = [];
  readonly #schedule: (flush: () => void) => void;
  /** Used in turn with the other one: a fan-out fills it with thousands, again and again. */
  #spare: Flushable[] = [];

  /** @param schedule Calls back later: `queueMicrotask` or `setImmediate`. */
  constructor(schedule: (flush: () => void) => void) {
    this.#schedule = schedule;
  }

  /** Asks for a flush; whoever asks does so once until it is flushed. */
  add(flushable: Flushable): void {
    if (this.#waiting.length === 0) this.#schedule(this.#run);
    this.#waiting.push(flushable);
  }

  readonly #run = (): void => {
    const waiting = this.#waiting;
    this.#waiting = this.#spare;
    for (const each of waiting) each.flush();
    waiting.length = 0;
    this.#spare = waiting;
  };
}
