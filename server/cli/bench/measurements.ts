import type { Disconnect } from "../../errors.ts";
import type { ReplyError } from "../../protocol/mod.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import type { Arrival } from "./sequence_tracker.ts";
import { Tally } from "./tally.ts";

/** What all connections of a load have seen so far. */
export class Measurements {
  /** From when a message was due, or sent, to its answer. */
  readonly answers = new LatencyHistogram();
  /** From when a message was due, or sent, to its arrival at each subscriber. */
  readonly deliveries = new LatencyHistogram();
  /** Refused messages by code. */
  readonly errors = new Tally();
  /** Connections that the server ended, by code. */
  readonly closes = new Tally();
  readonly #acknowledged: Float64Array;
  readonly #startMs: number;
  #refused = 0;
  #repeated = 0;
  #late = 0;
  #lastAnswerMs: number;
  #lastDeliveryMs: number;

  /** @param channels How many there are. @param startMs When the load begins. */
  constructor(channels: number, startMs: number) {
    this.#acknowledged = new Float64Array(channels);
    this.#startMs = startMs;
    this.#lastAnswerMs = startMs;
    this.#lastDeliveryMs = startMs;
  }

  /** A message that was due at `fromMs` is stored. */
  answered(channel: number, fromMs: number, nowMs: number): void {
    this.#acknowledged[channel] = this.acknowledgedIn(channel) + 1;
    this.answers.record(nowMs - fromMs);
    this.#lastAnswerMs = nowMs;
  }

  /** A message was refused. */
  refused({ code, message }: ReplyError, nowMs: number): void {
    this.#refused += 1;
    this.errors.count(`${code} ${message}`);
    this.#lastAnswerMs = nowMs;
  }

  /** A message that was due at `fromMs` has arrived at a subscriber. */
  delivered(arrival: Arrival, fromMs: number, nowMs: number): void {
    this.#lastDeliveryMs = nowMs;
    if (arrival === "repeated") {
      this.#repeated += 1;
      return;
    }
    if (arrival === "late") this.#late += 1;
    this.deliveries.record(nowMs - fromMs);
  }

  /** The server has ended a connection. */
  closed({ code, reason }: Disconnect): void {
    this.closes.count(`${code} ${reason}`.trim());
  }

  /** Messages acknowledged in a channel. */
  acknowledgedIn(channel: number): number {
    return this.#acknowledged[channel] ?? 0;
  }

  /** Counts of all channels. */
  get counts(): {
    readonly acknowledged: number;
    readonly refused: number;
    readonly delivered: number;
    readonly repeated: number;
    readonly late: number;
  } {
    return {
      acknowledged: this.answers.count,
      refused: this.#refused,
      delivered: this.deliveries.count,
      repeated: this.#repeated,
      late: this.#late,
    };
  }

  get startMs(): number {
    return this.#startMs;
  }

  /** When the latest answer came; the start if none has. */
  get lastAnswerMs(): number {
    return this.#lastAnswerMs;
  }

  /** When the latest delivery came; the start if none has. */
  get lastDeliveryMs(): number {
    return this.#lastDeliveryMs;
  }
}
