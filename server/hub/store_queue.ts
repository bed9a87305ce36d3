import { setImmediate } from "node:timers";
import type { Appended, Broker, Draft, HistoryLog } from "../history/mod.ts";
import type { Histogram } from "../metrics/mod.ts";
import type { Position } from "../publication.ts";
import { waitingBytes } from "./delivery.ts";
import type { PublishRequest } from "./publish_request.ts";
import { draftOf } from "./publish_request.ts";
import { Publishers } from "./publishers.ts";

/** Publications stored in one step: some milliseconds in which nothing else happens. */
const MAX_BATCH = 2_048;

/** Options of {@linkcode StoreQueue}. */
export interface StoreQueueOptions {
  readonly log: HistoryLog;
  /** Where several servers share the log: it brings what is stored. */
  readonly broker?: Broker | undefined;
  /** Told when storing begins to fail, with the reason, and when it works again. */
  readonly onStoring?: ((failure: string | undefined) => void) | undefined;
  /** Told the seconds that each step took. */
  readonly commits?: Histogram | undefined;
  readonly now: () => number;
  /** Told of each publication that is to be delivered: where, and when it was stored. */
  readonly onStored: (request: PublishRequest, position: Position, time: number) => void;
  /** Told when a step is done. */
  readonly onStep: () => void;
}

/** Requests on their way into the log: those of one turn of the event loop are stored in one step. */
export class StoreQueue {
  /** Who published what is on its way through a broker. */
  readonly publishers = new Publishers();
  readonly #options: StoreQueueOptions;
  #isFailing = false;
  #requests: PublishRequest[] = [];
  /** How many publications were ever accepted, and how many of them are stored or have failed. */
  #accepted = 0;
  #settled = 0;
  /** Who ends when everything accepted before is stored, in that order. */
  readonly #leavers: { readonly after: number; readonly leave: () => void }[] = [];
  #bytes = 0;
  #storing: Promise<void> | undefined;

  constructor(options: StoreQueueOptions) {
    this.#options = options;
  }

  /** Bytes accepted and not yet stored. */
  get bytes(): number {
    return this.#bytes;
  }

  add(request: PublishRequest): void {
    this.#requests.push(request);
    this.#accepted += 1;
    this.#bytes += waitingBytes(request.payload);
    this.#storing ??= this.#storeInTurns();
  }

  /** Calls `onSettled` once everything accepted so far is stored and acknowledged, or has failed. */
  whenSettled(onSettled: () => void): void {
    if (this.#settled >= this.#accepted) onSettled();
    else this.#leavers.push({ after: this.#accepted, leave: onSettled });
  }

  /** Resolves when everything accepted so far is stored and acknowledged. */
  async stored(): Promise<void> {
    while (this.#storing !== undefined) await this.#storing;
  }

  async #storeInTurns(): Promise<void> {
    try {
      while (this.#requests.length > 0) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        await this.#store(this.#requests.splice(0, this.#stepSize()));
      }
    } finally {
      this.#storing = undefined;
    }
  }

  /** What belongs together is not parted. */
  #stepSize(): number {
    let size = MAX_BATCH;
    while (this.#requests[size]?.isWithPrevious === true) size += 1;
    return size;
  }

  async #store(requests: readonly PublishRequest[]): Promise<void> {
    const { broker, now, onStored, onStep } = this.#options;
    const time = now();
    const logged = requests.filter(({ isTransient }) => isTransient !== true);
    const marks = broker === undefined ? undefined : this.publishers;
    const drafts = logged.map((request) => draftOf(request, time, marks));
    const outcomes = await this.#append(drafts);
    const passed = broker === undefined ? [] : await this.#pass(broker, requests, time);
    let [next, nextPassed] = [0, 0];
    for (const request of requests) {
      const appended = request.isTransient === true
        ? passed[nextPassed++] ?? PASSED
        : outcomes[next++] ?? NO_ANSWER;
      this.#bytes -= waitingBytes(request.payload);
      if (request.counts !== undefined) request.counts[appended.kind] += 1;
      request.onAppended?.(appended);
      // A broker brings it.
      if (appended.kind === "stored" && broker === undefined) {
        onStored(request, appended.position, time);
      }
    }
    this.#settled += requests.length;
    this.#tellStoring(outcomes);
    while ((this.#leavers[0]?.after ?? Infinity) <= this.#settled) this.#leavers.shift()?.leave();
    onStep();
  }

  #tellStoring(outcomes: readonly Appended[]): void {
    const failed = outcomes.find((outcome) => outcome.kind === "failed");
    if (this.#isFailing === (failed !== undefined)) return;
    this.#isFailing = failed !== undefined;
    this.#options.onStoring?.(failed?.reason);
  }

  /** A log that breaks its promise and rejects must not take the hub with it. */
  async #append(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    if (drafts.length === 0) return [];
    const { log, commits } = this.#options;
    const startedAt = performance.now();
    try {
      return await log.append(drafts);
    } catch (error) {
      return drafts.map(() => ({ kind: "failed", reason: String(error) }));
    } finally {
      commits?.observe((performance.now() - startedAt) / 1_000);
    }
  }

  async #pass(
    broker: Broker,
    requests: readonly PublishRequest[],
    time: number,
  ): Promise<readonly Appended[]> {
    const transient = requests.filter(({ isTransient }) => isTransient === true);
    if (transient.length === 0) return [];
    try {
      return await broker.pass(transient.map((each) => draftOf(each, time, this.publishers)));
    } catch (error) {
      return transient.map(() => ({ kind: "failed", reason: String(error) }));
    }
  }
}

/** What becomes of a publication that goes past the log. */
const PASSED: Appended = { kind: "stored", position: { epoch: "", offset: 0 } };
const NO_ANSWER: Appended = { kind: "failed", reason: "the log gave no answer" };
