import type { BenchPlan } from "./plan.ts";
import type { Schedule } from "./schedule.ts";
import { ClosedSchedule, OpenSchedule } from "./schedule.ts";

/** What a pacer does with a publisher. */
export interface Paced {
  /** Sends what is due, at most `max` messages. */
  send(max?: number): void;
}

/** Makes publishers send what is due, and says when to look again. */
export interface Pacer {
  readonly schedule: Schedule;
  /** Gives the milliseconds after which to call it again. */
  tick(nowMs: number): number;
}

/** The longest time between two ticks. */
const MAX_TICK_MS = 20;

/** The pacer of a plan that begins at `startMs`. */
export function pacerOf(
  { publishers: count, rate, end, inFlight }: BenchPlan,
  publishers: readonly Paced[],
  startMs: number,
): Pacer {
  const isCounted = end.kind === "messages";
  if (rate === undefined) {
    const schedule = new ClosedSchedule(isCounted ? end.count : Infinity);
    return new ClosedPacer(schedule, publishers, inFlight);
  }
  const messages = isCounted ? end.count : Math.max(1, Math.round(rate * end.durationMs / 1_000));
  const schedule = new OpenSchedule({ publishers: count, rate, startMs, messages });
  return new OpenPacer(schedule, publishers);
}

/** Publishers go on by themselves when an answer comes: it starts them, and again after a pause. */
class ClosedPacer implements Pacer {
  readonly schedule: Schedule;
  readonly #publishers: readonly Paced[];
  #rounds: number;

  constructor(schedule: Schedule, publishers: readonly Paced[], inFlight: number) {
    this.schedule = schedule;
    this.#publishers = publishers;
    this.#rounds = inFlight;
  }

  tick(): number {
    // One message each at first, so that the first publisher does not take all of a small number.
    for (; this.#rounds > 0; this.#rounds -= 1) {
      for (const publisher of this.#publishers) publisher.send(1);
    }
    for (const publisher of this.#publishers) publisher.send();
    return MAX_TICK_MS;
  }
}

/** Wakes each publisher when a message of its own is due. */
class OpenPacer implements Pacer {
  readonly schedule: OpenSchedule;
  readonly #publishers: readonly Paced[];
  #next = 0;

  constructor(schedule: OpenSchedule, publishers: readonly Paced[]) {
    this.schedule = schedule;
    this.#publishers = publishers;
  }

  tick(nowMs: number): number {
    const due = this.schedule.dueBy(nowMs);
    // More are not needed, however late this is: each publisher sends all that it has due.
    const first = Math.max(this.#next, due - this.#publishers.length);
    for (let index = first; index < due; index += 1) {
      this.#publishers[index % this.#publishers.length]?.send();
    }
    this.#next = due;
    return Math.max(1, Math.min(MAX_TICK_MS, this.schedule.timeOf(due) - performance.now()));
  }
}
