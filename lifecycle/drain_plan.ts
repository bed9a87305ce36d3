/** What {@linkcode drainPlan} needs to know. */
export interface DrainPlanOptions {
  /** How many connections are to be closed; a whole number, 0 or more. */
  readonly count: number;
  /** Milliseconds over which the closes are spread; 0 closes all at once. */
  readonly windowMs: number;
  /** Uniform in [0, 1). @default Math.random */
  readonly random?: () => number;
}

/**
 * When to close each of `count` connections: milliseconds from the start of the window, ascending.
 *
 * The window is cut into `count` equal parts and each connection gets a random moment in its own
 * part: as even as a metronome over the whole window, as unpredictable as jitter within it, so
 * clients that come back do not arrive in step. A uniform draw over the whole window would leave
 * clumps and gaps of several parts.
 *
 * @throws {RangeError} if `count` or `windowMs` is negative or not finite.
 */
export function drainPlan({ count, windowMs, random = Math.random }: DrainPlanOptions): number[] {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(
      `Cannot plan a drain as "count" must be a whole number of 0 or more: current value is ${count}`,
    );
  }
  if (!Number.isFinite(windowMs) || windowMs < 0) {
    throw new RangeError(
      `Cannot plan a drain as "windowMs" must be 0 or more: current value is ${windowMs}`,
    );
  }
  const partMs = windowMs / Math.max(1, count);
  return Array.from({ length: count }, (_, index) => (index + random()) * partMs);
}
