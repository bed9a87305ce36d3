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

/** A turn that comes so long after the one before tells that the process itself stood still. */
const STALL_MS = 500;

/** How long nothing fires then: in this time the runtime reads what has come in meanwhile. */
const GRACE_MS = 500;

/**
 * The timers of many clients under one of the runtime's: each client has several, most of which are
 * called off before their time. They fire up to two ticks late and never early; behind a stall of the
 * process another half a second later, because answers may lie unread and no client is to be blamed.
 */
export class TimerWheel {
  readonly #now: () => number;
  /** By the number of the tick at which they fire. */
  readonly #slots = new Map<number, Set<Entry>>();
  #size = 0;
  #lastTick = 0;
  #turnedAt = 0;
  /** When the grace behind a stall ends; a second stall in it adds nothing, so it is bounded. */
  #heldUntil: number | undefined;
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
    const now = this.#now();
    if (this.#isHeld(now)) return;
    const tick = Math.floor(now / TICK_MS);
    while (this.#lastTick < tick && this.#size > 0) {
      this.#lastTick += 1;
      for (const entry of this.#slots.get(this.#lastTick) ?? []) {
        this.#remove(this.#lastTick, entry);
        entry.onTime();
      }
    }
  }

  #isHeld(now: number): boolean {
    const stoodStill = now - this.#turnedAt > STALL_MS;
    this.#turnedAt = now;
    if (this.#heldUntil === undefined) this.#heldUntil = stoodStill ? now + GRACE_MS : undefined;
    else if (now >= this.#heldUntil) this.#heldUntil = undefined;
    return this.#heldUntil !== undefined;
  }

  #start(): void {
    this.#turnedAt = this.#now();
    this.#heldUntil = undefined;
    this.#lastTick = Math.floor(this.#turnedAt / TICK_MS);
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
