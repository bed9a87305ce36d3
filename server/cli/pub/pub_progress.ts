import type { Position } from "../../publication.ts";

/** What was published so far. */
export class PubProgress {
  readonly #startedAtMs: number;
  #stored = 0;
  #last: Position | undefined;

  constructor(nowMs: number = performance.now()) {
    this.#startedAtMs = nowMs;
  }

  /** So many more are stored, the last one there. */
  add(count: number, position: Position): void {
    this.#stored += count;
    this.#last = position;
  }

  /** "3 messages are stored in lobby, up to 140be737:3". */
  get stored(): string {
    const messages = this.#stored === 1 ? "1 message is" : `${whole(this.#stored)} messages are`;
    return `${messages} stored`;
  }

  /** The same in full, with how long it took. */
  summary(channel: string, nowMs: number = performance.now()): string {
    const place = this.#last === undefined
      ? ""
      : `, up to ${this.#last.epoch}:${this.#last.offset}`;
    const seconds = (nowMs - this.#startedAtMs) / 1_000;
    const rate = this.#stored > 1 ? ` (${whole(this.#stored / Math.max(0.001, seconds))}/s)` : "";
    return `${this.stored} in ${channel}${place}, in ${seconds.toFixed(1)} s${rate}`;
  }
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
