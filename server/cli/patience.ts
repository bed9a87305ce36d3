import { delay } from "@std/async";

/** Options of {@linkcode Patience}. */
export interface PatienceOptions {
  /** Milliseconds from the first failure after which no more is tried; Infinity for never. */
  readonly waitMs: number;
  /** Ends a pause early. */
  readonly signal: AbortSignal;
  /** Told the first failure of each absence: the end of a sentence. */
  readonly onAway: (problem: string) => void;
  /** Told milliseconds from the first failure until it works again. */
  readonly onBack: (awayMs: number) => void;
  /** @default performance.now */
  readonly now?: () => number;
}

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;
/** What a server asks for may be longer than the own pauses. */
const MAX_ASKED_PAUSE_MS = 30_000;

/** Waits for a server that is away, longer each time. */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #now: () => number;
  #awaySinceMs: number | undefined;
  #workedAtMs = -Infinity;
  #failures = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** It has failed: pauses. Gives false once the time is over, or a signal came. */
  async failed(problem: string, askedMs = 0): Promise<boolean> {
    const { waitMs, signal, onAway } = this.#options;
    if (signal.aborted) return false;
    if (this.#awaySinceMs === undefined) {
      this.#awaySinceMs = this.#now();
      // What works only for moments is not tried ever faster.
      if (this.#awaySinceMs - this.#workedAtMs > 1_000) this.#failures = 0;
      if (waitMs > 0) onAway(problem);
    }
    const leftMs = this.#awaySinceMs + waitMs - this.#now();
    if (leftMs <= 0) return false;
    const ownMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    // Jittered, so that many clients do not come back in the same moment.
    const pauseMs = Math.max(
      ownMs * (0.5 + Math.random() / 2),
      Math.min(askedMs, MAX_ASKED_PAUSE_MS),
    );
    return await this.#pause(Math.min(pauseMs, leftMs));
  }

  /** It works. */
  worked(): void {
    if (this.#awaySinceMs !== undefined) this.#options.onBack(this.#now() - this.#awaySinceMs);
    this.#awaySinceMs = undefined;
    this.#workedAtMs = this.#now();
  }

  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#options;
    try {
      await delay(ms, { signal });
    } catch {
      // Told to stop: that is what is given back.
    }
    return !signal.aborted;
  }
}

/** Milliseconds that an answer asks for (RFC 9110 10.2.3: seconds; a date is left aside). */
export function retryAfterMs({ headers }: Response): number {
  const text = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : 0;
}
