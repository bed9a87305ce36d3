/** Ticks after which the clock begins anew, so that a tick always has as many digits. */
export const CLOCK_TICKS = 100_000_000;

/** Digits of a tick. */
export const TICK_DIGITS = 8;

/** Ticks of a millisecond. */
export const TICKS_PER_MS = 10;

/** The machine's time in tenths of a millisecond: the same in every process. */
export function tick(atMs: number = performance.now()): number {
  return Math.floor((performance.timeOrigin + atMs) * TICKS_PER_MS) % CLOCK_TICKS;
}

/** Ticks from one moment to a later one, also over the clock's new beginning. */
export function ticksBetween(from: number, to: number): number {
  const ticks = to - from;
  return ticks < -CLOCK_TICKS / 2 ? ticks + CLOCK_TICKS : ticks;
}
