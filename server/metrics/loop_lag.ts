import { Histogram } from "./histogram.ts";

const EVERY_MS = 100;

/** Seconds: below the first nothing is noticed, from the last on clients take the server for dead. */
const BOUNDS_S = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * How late the event loop is, looked at ten times a second by one timer that does not keep the
 * process alive. It runs from when it is first asked for: a server that nobody watches has none.
 */
export class LoopLag implements Disposable {
  readonly #now: () => number;
  readonly #histogram = new Histogram(BOUNDS_S);
  #timer: ReturnType<typeof setInterval> | undefined;
  #dueAt = 0;

  /** @param now A clock that never jumps, in milliseconds. @default performance.now */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** In seconds; begins to be measured when it is first read. */
  get histogram(): Histogram {
    if (this.#timer === undefined) this.#start();
    return this.#histogram;
  }

  /** Notes how late it is; called by its own timer. */
  look(): void {
    const now = this.#now();
    this.#histogram.observe(Math.max(0, now - this.#dueAt) / 1_000);
    this.#dueAt = now + EVERY_MS;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #start(): void {
    this.#dueAt = this.#now() + EVERY_MS;
    this.#timer = setInterval(() => this.look(), EVERY_MS);
    Deno.unrefTimer(Number(this.#timer));
  }
}
