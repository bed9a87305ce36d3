/** A line on a terminal that is drawn over and over. */
export interface ProgressBarOptions {
  /** What is counted: "closing". */
  readonly label: string;
  /** Milliseconds before the first drawing: short work needs no bar. @default 1000 */
  readonly afterMs?: number;
  /** Writes to the terminal, no newline added. */
  readonly write: (text: string) => void;
  /** @default performance.now */
  readonly now?: () => number;
}

const WIDTH = 30;
const REDRAW_MS = 100;

/** Shows how much of a long piece of work is done; draws nothing if it is short. */
export class ProgressBar {
  readonly #options: ProgressBarOptions;
  readonly #now: () => number;
  readonly #startedAt: number;
  #drawnAt = -Infinity;

  constructor(options: ProgressBarOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#startedAt = this.#now();
  }

  /** Redraws, if it is time to. */
  update(done: number, total: number): void {
    const now = this.#now();
    if (now - this.#startedAt < (this.#options.afterMs ?? 1_000)) return;
    if (now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const filled = Math.round(WIDTH * done / Math.max(1, total));
    const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
    this.#options.write(`\r${this.#options.label} ${bar} ${done}/${total}`);
  }

  /** Wipes the line, so that what is written next stands alone. */
  clear(): void {
    if (this.#drawnAt > -Infinity) this.#options.write("\r\x1b[2K");
  }
}
