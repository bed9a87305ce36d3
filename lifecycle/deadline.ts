import { delay } from "@std/async";

/** What became of a promise that was waited for under a {@linkcode Deadline}. */
export type Waited<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "late" };

/** One budget of time, shared by every step of a stop. */
export class Deadline {
  readonly #endsAt: number;
  readonly #now: () => number;

  /** @param budgetMs Milliseconds from now. @param now Milliseconds of a clock that never jumps. */
  constructor(budgetMs: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#endsAt = now() + budgetMs;
  }

  /** Milliseconds left, never below 0. */
  get remainingMs(): number {
    return Math.max(0, this.#endsAt - this.#now());
  }

  /** The same end, moved `reserveMs` earlier: what a step may use and leave some for the next. */
  earlier(reserveMs: number): Deadline {
    return new Deadline(this.remainingMs - reserveMs, this.#now);
  }

  /** This end, or `ms` from now if that is later. */
  atLeast(ms: number): Deadline {
    return new Deadline(Math.max(ms, this.remainingMs), this.#now);
  }

  /** Sleeps `ms`, or as long as the deadline allows. */
  async sleep(ms: number): Promise<void> {
    const sleepMs = Math.min(ms, this.remainingMs);
    if (sleepMs > 0) await delay(sleepMs);
  }

  /**
   * Waits for `promise`, but not beyond the deadline; never throws. The timer keeps the process
   * alive: a stop must not end because the event loop has nothing else to do.
   */
  async wait<T>(promise: Promise<T>): Promise<Waited<T>> {
    const timer = new AbortController();
    const late = delay(this.remainingMs, { signal: timer.signal })
      .then((): Waited<T> => ({ kind: "late" }));
    const settled = promise.then(
      (value): Waited<T> => ({ kind: "done", value }),
      (error: unknown): Waited<T> => ({ kind: "failed", error }),
    );
    // Aborting the timer rejects it, which is of no interest to anybody by then.
    late.catch(() => {});
    try {
      return await Promise.race([settled, late]);
    } finally {
      timer.abort();
    }
  }
}
