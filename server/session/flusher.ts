/** Something that sends what it holds when it is told to. */
export interface Flushable {
  /** Must not throw. */
  flush(): void;
}

/**
 * Flushes once the running code has ended: whatever many parts of one turn of the event loop had to
 * say to a client becomes one frame. One microtask serves them all.
 */
export class Flusher {
  #waiting: Flushable[] = [];
  /** Used in turn with the other one: a fan-out fills it with thousands, again and again. */
  #spare: Flushable[] = [];

  /** Asks for a flush; whoever asks does so once until it is flushed. */
  add(flushable: Flushable): void {
    if (this.#waiting.length === 0) queueMicrotask(() => this.#run());
    this.#waiting.push(flushable);
  }

  #run(): void {
    const waiting = this.#waiting;
    this.#waiting = this.#spare;
    for (const each of waiting) each.flush();
    waiting.length = 0;
    this.#spare = waiting;
  }
}
