import { delay } from "@std/async";
import { Crew } from "./crew.ts";
import { Measurements } from "./measurements.ts";
import type { Pacer } from "./pacer.ts";
import { pacerOf } from "./pacer.ts";
import type { BenchPlan } from "./plan.ts";
import type { Snapshot } from "./progress.ts";
import type { BenchReport, Ending } from "./report.ts";
import { reportOf } from "./report.ts";
import { SelfWatch } from "./self_watch.ts";
import { Stamper } from "./stamp.ts";

/** How a load is carried out. */
export interface LoadOptions {
  readonly plan: BenchPlan;
  /** Trusts a private authority; undefined for the public ones. */
  readonly client: Deno.HttpClient | undefined;
  /** Ends the load early; what was measured until then is reported. */
  readonly signal: AbortSignal;
  /** Told often how far it is. */
  readonly onProgress: (snapshot: Snapshot) => void;
}

/** The outcome of a load. */
export type LoadOutcome =
  | { readonly kind: "measured"; readonly report: BenchReport }
  /** It never began. */
  | { readonly kind: "refused"; readonly reason: string };

/** Milliseconds between two looks at how far it is. */
const POLL_MS = 20;
/** Milliseconds without any answer or delivery after which none is waited for any more. */
const STALL_MS = 10_000;
/** The same, once no more messages are sent, and once somebody wants it to end. */
const DRAIN_STALL_MS = 5_000;
const INTERRUPTED_STALL_MS = 1_000;
/** What was due right at the end of a time may be sent this much later. */
const GRACE_MS = 500;
const MAX_LOAD_MS = 86_400_000;

/** Connects everybody, sends, waits for what is on its way, and reports. */
export async function carryOut(options: LoadOptions): Promise<LoadOutcome> {
  const { plan, client, signal, onProgress } = options;
  const run = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  const crew = new Crew({
    ...{ plan, client, signal, stamper: new Stamper(run, plan.sizeBytes) },
    onConnected: (connected) => onProgress({ kind: "connecting", connected }),
  });
  const opened = await crew.connect();
  if (opened.kind === "refused") {
    await crew.close();
    return opened;
  }
  const report = await new Load(options, crew).run();
  await crew.close();
  return { kind: "measured", report };
}

/** A load whose connections are open. */
class Load {
  readonly #options: LoadOptions;
  readonly #crew: Crew;
  readonly #startMs = performance.now();
  readonly #measurements: Measurements;
  readonly #pacer: Pacer;

  constructor(options: LoadOptions, crew: Crew) {
    const { plan } = options;
    this.#options = options;
    this.#crew = crew;
    this.#measurements = new Measurements(plan.channels.length, this.#startMs);
    this.#pacer = pacerOf(plan, crew.publishers, this.#startMs);
  }

  async run(): Promise<BenchReport> {
    const { plan } = this.#options;
    const [measurements, crew, { schedule }] = [this.#measurements, this.#crew, this.#pacer];
    const watch = new SelfWatch();
    for (const subscriber of crew.subscribers) subscriber.begin(measurements);
    for (const publisher of crew.publishers) publisher.begin({ schedule, measurements });
    const ending = await this.#send();
    const endMs = performance.now();
    const due = schedule.dueBy(endMs);
    schedule.stop(endMs);
    const self = watch.stop();
    if (ending !== "stalled") await this.#drain(endMs);
    const planned = ending === "complete" ? plannedMs(plan) : undefined;
    const loadMs = planned ?? endMs - this.#startMs;
    return reportOf({ ...{ plan, ending, crew, measurements, self }, loadMs, due });
  }

  /** Sends until there is a reason to end. */
  async #send(): Promise<Ending> {
    for (;;) {
      const waitMs = this.#pacer.tick(performance.now());
      const ending = this.#ending();
      if (ending !== undefined) return ending;
      this.#options.onProgress({ kind: "loading", measurements: this.#measurements });
      await delay(waitMs);
    }
  }

  #ending(): Ending | undefined {
    const { plan, signal } = this.#options;
    const { publishers, subscribers } = this.#crew;
    if (signal.aborted) return "interrupted";
    const isDeaf = subscribers.length > 0 &&
      subscribers.every(({ connection }) => !connection.isReady);
    if (isDeaf || publishers.every(({ isGone }) => isGone)) return "closed";
    const isOver = publishers.every((publisher) => publisher.isOver);
    const elapsedMs = performance.now() - this.#startMs;
    if (isComplete(plan, { elapsedMs, isOver })) return "complete";
    const isWaiting = publishers.some(({ unanswered }) => unanswered > 0);
    return isWaiting && this.#silentMs(this.#startMs) > STALL_MS ? "stalled" : undefined;
  }

  /** Waits for what is on its way, as long as something comes. */
  async #drain(endMs: number): Promise<void> {
    while (this.#isAwaiting()) {
      const limitMs = this.#options.signal.aborted ? INTERRUPTED_STALL_MS : DRAIN_STALL_MS;
      if (this.#silentMs(endMs) > limitMs) return;
      this.#options.onProgress({ kind: "loading", measurements: this.#measurements });
      await delay(POLL_MS);
    }
  }

  #isAwaiting(): boolean {
    const { publishers, subscribers } = this.#crew;
    return publishers.some(({ connection, unanswered }) => connection.isReady && unanswered > 0) ||
      subscribers.some(({ connection, channel, received }) =>
        connection.isReady && received < this.#measurements.acknowledgedIn(channel)
      );
  }

  /** Milliseconds since the latest answer or delivery, or since `fromMs`. */
  #silentMs(fromMs: number): number {
    const { lastAnswerMs, lastDeliveryMs } = this.#measurements;
    return performance.now() - Math.max(fromMs, lastAnswerMs, lastDeliveryMs);
  }
}

/** With a rate all that is due by the end is sent, if the server lets it. */
function isComplete(
  { end, rate }: BenchPlan,
  { elapsedMs, isOver }: { readonly elapsedMs: number; readonly isOver: boolean },
): boolean {
  if (end.kind === "messages") return isOver || elapsedMs > MAX_LOAD_MS;
  const isLate = rate === undefined || elapsedMs >= end.durationMs + GRACE_MS;
  return elapsedMs >= end.durationMs && (isOver || isLate);
}

/** How long a load takes that a server keeps up with; undefined if that is up to the server. */
function plannedMs({ end, rate }: BenchPlan): number | undefined {
  if (end.kind === "after") return end.durationMs;
  return rate === undefined ? undefined : end.count * 1_000 / rate;
}
