import process from "node:process";
import { LatencyHistogram } from "./latency_histogram.ts";

/** How hard the process that measures had to work. */
export interface SelfReport {
  /** Share of one core that it used; more than 1 where the runtime's own threads worked as well. */
  readonly cpu: number;
  /** How late its timers were, at the 99th percentile. */
  readonly lagMs: number;
  readonly maxLagMs: number;
}

const INTERVAL_MS = 10;
const BUSY_CPU = 0.9;
/** Lags are found in the latencies: less than this is what timers always have. */
const MIN_LAG_MS = 5;

/**
 * Whether the process was so busy that the figures are its own as much as the server's.
 *
 * @param latencyMs The 99th percentile that it measured.
 */
export function isBottleneck({ cpu, lagMs }: SelfReport, latencyMs: number): boolean {
  return cpu >= BUSY_CPU || (lagMs >= MIN_LAG_MS && lagMs >= latencyMs / 2);
}

/** Watches the process that measures, while it does. */
export class SelfWatch {
  readonly #lags = new LatencyHistogram();
  readonly #startMs = performance.now();
  readonly #before = process.cpuUsage();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#look();
  }

  /** What was seen since the construction; nothing is watched any more. */
  stop(): SelfReport {
    clearTimeout(this.#timer);
    const { user, system } = process.cpuUsage(this.#before);
    const elapsedUs = Math.max(1, (performance.now() - this.#startMs) * 1_000);
    const cpu = (user + system) / elapsedUs;
    const lagMs = this.#lags.percentileMs(0.99);
    return { cpu, lagMs, maxLagMs: this.#lags.maxMs };
  }

  #look(): void {
    const dueMs = performance.now() + INTERVAL_MS;
    this.#timer = setTimeout(() => {
      this.#lags.record(performance.now() - dueMs);
      this.#look();
    }, INTERVAL_MS);
  }
}
