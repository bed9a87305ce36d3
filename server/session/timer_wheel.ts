/** A callback that is to come, and that may be called off. */
export interface WheelTimer {
  cancel(): void;
}

/** Tells apart two timers with the same callback. */
interface Entry {
  readonly onTime: () => void;
}

/** How exact a wheel is: what it is used for is told in seconds. */
const TICK_MS = 100;

/**
 * The timers of many clients under one of the runtime's: each client has several, most of which are
 * called off before their time. They fire up to two ticks late and never early.
 */
export class TimerWheel {
  readonly #now: () => number;
  /** By the number of the tick at which they fire. */
  readonly #slots = new Map<number, Set<Entry>>();
  #size = 0;
  #lastTick = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param now A clock that never jumps, in milliseconds. @default performance.now */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many have not fired. */
  get size(): number {
    return this.#size;
  }

  /** Calls `onTime`, which must not throw, once `delayMs` have passed. */
  schedule(delayMs: number, onTime: () => void): WheelTimer {
    if (this.#size === 0) this.#start();
    const tick = Math.max(this.#lastTick + 1, Math.ceil((this.#now() + delayMs) / TICK_MS));
    const slot = this.#slots.get(tick) ?? new Set();
    this.#slots.set(tick, slot);
    const entry = { onTime };
    slot.add(entry);
    this.#size += 1;
    return { cancel: () => this.#remove(tick, entry) };
  }

  /** Fires what is due; called by the wheel itself. */
  turn(): void {
    const tick = Math.floor(this.#now() / TICK_MS);
    while (this.#lastTick < tick && this.#size > 0) {
      this.#lastTick += 1;
      for (const entry of this.#slots.get(this.#lastTick) ?? []) {
        this.#remove(this.#lastTick, entry);
        entry.onTime();
      }
    }
  }

  #start(): void {
    this.#lastTick = Math.floor(this.#now() / TICK_MS);
    this.#timer = setInterval(() => this.turn(), TICK_MS);
  }

  #remove(tick: number, entry: Entry): void {
    const slot = this.#slots.get(tick);
    if (slot?.delete(entry) !== true) return;
    if (slot.size === 0) this.#slots.delete(tick);
    this.#size -= 1;
    if (this.#size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
