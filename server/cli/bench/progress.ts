import { format as formatBytes } from "@std/fmt/bytes";
import type { Measurements } from "./measurements.ts";
import type { BenchPlan } from "./plan.ts";

/** How far a load is. */
export type Snapshot =
  | { readonly kind: "connecting"; readonly connected: number }
  | { readonly kind: "loading"; readonly measurements: Measurements };

/** Options of {@linkcode Progress}. */
export interface ProgressOptions {
  readonly plan: BenchPlan;
  /** Writes to a terminal. */
  readonly write: (text: string) => void;
  /** @default performance.now */
  readonly now?: () => number;
}

const INTERVAL_MS = 1_000;

interface Counts {
  readonly atMs: number;
  readonly acknowledged: number;
  readonly delivered: number;
}

/** One line on a terminal that is drawn anew every second. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  #drawnAtMs: number;
  #hasDrawn = false;
  #last: Counts | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#drawnAtMs = this.#now();
  }

  /** Draws the line, if it is time to. */
  update(snapshot: Snapshot): void {
    const nowMs = this.#now();
    if (nowMs - this.#drawnAtMs < INTERVAL_MS) return;
    this.#drawnAtMs = nowMs;
    const text = snapshot.kind === "connecting"
      ? this.#connecting(snapshot.connected)
      : this.#loading(snapshot.measurements, nowMs);
    this.#write(`\r\x1b[2K${text}`);
    this.#hasDrawn = true;
  }

  /** Wipes the line, so that what is written next stands alone. */
  clear(): void {
    if (this.#hasDrawn) this.#write("\r\x1b[2K");
    this.#hasDrawn = false;
  }

  #connecting(connected: number): string {
    const { publishers, subscribers } = this.#options.plan;
    return `connecting ${connected} of ${publishers + subscribers}`;
  }

  #loading(measurements: Measurements, nowMs: number): string {
    const { counts, startMs } = measurements;
    const { plan } = this.#options;
    const last = this.#last ?? { atMs: startMs, acknowledged: 0, delivered: 0 };
    this.#last = { atMs: nowMs, ...counts };
    const perSecond = (count: number) => count * 1_000 / Math.max(1, nowMs - last.atMs);
    const published = perSecond(counts.acknowledged - last.acknowledged);
    const delivered = perSecond(counts.delivered - last.delivered);
    const parts = [
      doneText(plan, { elapsedMs: nowMs - startMs, count: counts.acknowledged }),
      `published ${whole(published)}/s`,
      `delivered ${whole(delivered)}/s`,
      `${formatBytes(delivered * plan.sizeBytes, { binary: true })}/s`,
    ];
    return parts.join("   ");
  }

  /** A terminal that has gone is no reason to end. */
  #write(text: string): void {
    try {
      this.#options.write(text);
    } catch {
      this.#hasDrawn = false;
    }
  }
}

function doneText(
  { end }: BenchPlan,
  { elapsedMs, count }: { readonly elapsedMs: number; readonly count: number },
): string {
  if (end.kind === "messages") return `${whole(count)} of ${whole(end.count)}`;
  return `${Math.round(elapsedMs / 1_000)} s of ${Math.round(end.durationMs / 1_000)} s`;
}

/** A number without decimals, with commas. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
