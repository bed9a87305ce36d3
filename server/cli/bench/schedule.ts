/** Says when messages are to be sent. Times are milliseconds of a clock that never jumps. */
export interface Schedule {
  /**
   * The time at which a publisher's message with this number, from 0, is to be sent; undefined if
   * that is not yet, or never. Who is told a time sends the message.
   */
  take(publisher: number, number: number, nowMs: number): number | undefined;
  /** Whether a publisher that has sent this many has nothing more to send. */
  isOver(publisher: number, sent: number): boolean;
  /** How many messages were to be sent by `nowMs`, sent or not. */
  dueBy(nowMs: number): number;
  /** From now on there is nothing to send. */
  stop(nowMs: number): void;
}

/** As fast as the answers come: a message is due as soon as a publisher may send one. */
export class ClosedSchedule implements Schedule {
  #left: number;
  #taken = 0;

  /** @param messages At most this many. */
  constructor(messages: number) {
    this.#left = messages;
  }

  take(_publisher: number, _number: number, nowMs: number): number | undefined {
    if (this.#left <= 0) return undefined;
    this.#left -= 1;
    this.#taken += 1;
    return nowMs;
  }

  isOver(): boolean {
    return this.#left <= 0;
  }

  dueBy(): number {
    return this.#taken;
  }

  stop(): void {
    this.#left = 0;
  }
}

/** Options of {@linkcode OpenSchedule}. */
export interface OpenScheduleOptions {
  readonly publishers: number;
  /** Messages a second of all publishers together. */
  readonly rate: number;
  /** The first message's time. */
  readonly startMs: number;
  /** At most this many. */
  readonly messages: number;
}

/**
 * A steady rate, whether answers come or not: the time at which a message is due depends on nothing
 * that the server does. Publishers take turns.
 */
export class OpenSchedule implements Schedule {
  readonly #options: OpenScheduleOptions;
  #stoppedAtMs = Infinity;

  constructor(options: OpenScheduleOptions) {
    this.#options = options;
  }

  take(publisher: number, number: number, nowMs: number): number | undefined {
    const index = number * this.#options.publishers + publisher;
    const isNever = this.#stoppedAtMs < Infinity || index >= this.#options.messages;
    const atMs = this.timeOf(index);
    return isNever || atMs > nowMs ? undefined : atMs;
  }

  isOver(publisher: number, sent: number): boolean {
    return sent * this.#options.publishers + publisher >= this.#options.messages;
  }

  dueBy(nowMs: number): number {
    const { startMs, rate, messages } = this.#options;
    const elapsedMs = Math.min(nowMs, this.#stoppedAtMs) - startMs;
    return elapsedMs < 0 ? 0 : Math.min(messages, Math.floor(elapsedMs * rate / 1_000) + 1);
  }

  stop(nowMs: number): void {
    this.#stoppedAtMs = Math.min(this.#stoppedAtMs, nowMs);
  }

  /** When the message with this number among all is due. */
  timeOf(index: number): number {
    const { startMs, rate } = this.#options;
    return startMs + index * 1_000 / rate;
  }
}
