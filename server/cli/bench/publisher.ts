import type { Disconnect } from "../../errors.ts";
import type { ReplyError } from "../../protocol/mod.ts";
import type { ConnectionEvents, LoadConnection } from "./connection.ts";
import type { Measurements } from "./measurements.ts";
import type { BenchPlan } from "./plan.ts";
import { destinationOf } from "./plan.ts";
import type { Schedule } from "./schedule.ts";
import type { Stamper } from "./stamp.ts";
import { PROBE } from "./stamp.ts";

/** What publishers and subscribers have in common. */
export interface ParticipantOptions {
  /** Which one it is, from 0. */
  readonly index: number;
  readonly plan: BenchPlan;
  readonly stamper: Stamper;
  /** Makes the connection. */
  readonly connect: (events: ConnectionEvents) => LoadConnection;
}

/** A load that has begun. */
export interface Running {
  readonly schedule: Schedule;
  readonly measurements: Measurements;
}

/** Milliseconds without a message after a refusal that will pass, unless there is a schedule. */
const PAUSE_MS = 10;

/** Sends what the schedule says and waits for the answers; without it nothing. */
export class Publisher implements ConnectionEvents {
  readonly connection: LoadConnection;
  readonly #options: ParticipantOptions;
  /** When each unanswered message was due. */
  readonly #unanswered = new Map<number, number>();
  #running: Running | undefined;
  #sent = 0;
  #resumeAtMs = 0;
  #isRefused = false;

  constructor(options: ParticipantOptions) {
    this.#options = options;
    this.connection = options.connect(this);
  }

  /** From now on messages are sent. */
  begin(running: Running): void {
    this.#running = running;
  }

  /** Messages sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Messages sent without an answer so far. */
  get unanswered(): number {
    return this.#unanswered.size;
  }

  /** Whether it sends nothing any more: its connection has ended, or it may not publish. */
  get isGone(): boolean {
    return this.#isRefused || !this.connection.isReady;
  }

  /** Whether it has sent all that it was to send. */
  get isOver(): boolean {
    return this.isGone || this.#running?.schedule.isOver(this.#options.index, this.#sent) === true;
  }

  /** Sends what is due, as far as it may: at most `max` messages. */
  send(max = Infinity): void {
    const { plan, index } = this.#options;
    for (let count = 0; count < max; count += 1) {
      const nowMs = performance.now();
      const mayNot = this.isGone || this.unanswered >= plan.inFlight || nowMs < this.#resumeAtMs;
      if (mayNot || this.#running === undefined) return;
      const atMs = this.#running.schedule.take(index, this.#sent, nowMs);
      if (atMs === undefined) return;
      this.#sendOne(atMs);
    }
  }

  /** Asks who reads the channel of its first message: see {@linkcode PROBE}. */
  probe(): void {
    const { plan, index, stamper } = this.#options;
    const { channel, sequence } = destinationOf(plan, index, 0);
    const payload = stamper.write({ publisher: PROBE, sequence, atMs: performance.now() });
    this.connection.publish({ number: 0, channel: plan.channels[channel] ?? "", payload });
  }

  /** With a plain socket its own message stands for the answer. */
  onPublication(payload: string): void {
    const { plan, index, stamper } = this.#options;
    if (plan.protocol !== "plain") return;
    const stamp = stamper.read(payload);
    if (stamp?.publisher === index) this.onAnswer(stamp.sequence, undefined);
  }

  onAnswer(number: number, error: ReplyError | undefined): void {
    const atMs = this.#unanswered.get(number);
    if (atMs === undefined || this.#running === undefined) return;
    this.#unanswered.delete(number);
    const { measurements } = this.#running;
    const nowMs = performance.now();
    const { plan, index } = this.#options;
    if (error !== undefined) this.#refused(error, nowMs);
    else measurements.answered(destinationOf(plan, index, number).channel, atMs, nowMs);
    this.send();
  }

  onClose(close: Disconnect): void {
    this.#running?.measurements.closed(close);
  }

  #sendOne(atMs: number): void {
    const { plan, index, stamper } = this.#options;
    const number = this.#sent;
    const { channel, sequence } = destinationOf(plan, index, number);
    this.#sent += 1;
    this.#unanswered.set(number, atMs);
    this.connection.publish({
      number,
      channel: plan.channels[channel] ?? "",
      payload: stamper.write({ publisher: index, sequence, atMs }),
    });
  }

  #refused(error: ReplyError, nowMs: number): void {
    this.#running?.measurements.refused(error, nowMs);
    if (error.temporary !== true) this.#isRefused = true;
    else if (this.#options.plan.rate === undefined) this.#resumeAtMs = nowMs + PAUSE_MS;
  }
}
