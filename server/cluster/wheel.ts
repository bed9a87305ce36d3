/** Calls back later; the timers of many share one of the runtime's. */
export interface Wheel {
  /** `onTime` must not throw. */
  schedule(delayMs: number, onTime: () => void): { cancel(): void };
}
