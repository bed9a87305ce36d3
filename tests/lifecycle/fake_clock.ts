/**
 * Time that passes only when a test says so: `setTimeout`, `clearTimeout` and `performance.now` of
 * the whole process until disposed. `setImmediate` stays real, so turns of the event loop still come.
 */
import { setImmediate } from "node:timers";

type Callback = (...args: unknown[]) => void;

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** What a timer can hold; the runtime makes 1 ms of anything longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** Turns of the event loop that everything already due is given between two timers. */
const SETTLING_TURNS = 4;

/** A clock under the control of one test. Real timers made before it go on as they were. */
export class FakeClock implements Disposable {
  readonly #real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
  };
  readonly #timers = new Map<number, Timer>();
  /** Timers that have fired. */
  fired = 0;
  #now = 0;
  #nextId = 1_000_000_000;

  constructor() {
    globalThis.setTimeout = ((callback: Callback, delayMs = 0, ...args: unknown[]): number => {
      const id = this.#nextId++;
      const at = this.#now + (delayMs > LONGEST_MS ? 1 : Math.max(0, delayMs));
      this.#timers.set(id, { at, run: () => callback(...args) });
      return id;
    }) as unknown as typeof globalThis.setTimeout;
    globalThis.clearTimeout = ((id?: number): void => {
      if (id === undefined || this.#timers.delete(id)) return;
      this.#real.clearTimeout(id);
    }) as unknown as typeof globalThis.clearTimeout;
    Object.defineProperty(performance, "now", { configurable: true, value: () => this.#now });
  }

  /** Milliseconds since the clock was made. */
  get now(): number {
    return this.#now;
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass: every timer fires at its time, and what it sets in motion settles. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turns();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      const [id, { at, run }] = next;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, at);
      this.fired += 1;
      run();
      await turns();
    }
    this.#now = end;
  }

  /** The process stands still for `ms`: time passes and no timer fires before `advance`. */
  stall(ms: number): void {
    this.#now += ms;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
    Reflect.deleteProperty(performance, "now");
  }

  #next(end: number): [number, Timer] | undefined {
    const due = [...this.#timers].filter(([, { at }]) => at <= end);
    return due.reduce<[number, Timer] | undefined>(
      (first, timer) => first === undefined || timer[1].at < first[1].at ? timer : first,
      undefined,
    );
  }
}

/** Lets some turns of the event loop pass, and all microtasks with them. */
export async function turns(count = SETTLING_TURNS): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise<void>((resolve) => setImmediate(() => resolve()));
  }
}
