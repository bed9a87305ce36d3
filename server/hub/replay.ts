import type { HistoryLog, HistoryPage } from "../history/mod.ts";
import type { Protocol } from "../protocol/mod.ts";
import type { Position } from "../publication.ts";
import { Delivery, runsOf } from "./delivery.ts";
import type { Notice } from "./notice.ts";
import type { ResumingSubscriber, Subscriber } from "./subscriber.ts";

/** Where a subscriber wants to begin. */
export type ReplayStart =
  /** With what is published from now on. */
  | { readonly kind: "top" }
  /** With the last `count` publications that are kept. */
  | { readonly kind: "last"; readonly count: number }
  /**
   * After the offset it has seen; an epoch it does not know goes unchecked. Who missed more than
   * `maxMissed` has lost its place.
   */
  | {
    readonly kind: "since";
    readonly offset: number;
    readonly epoch: string | undefined;
    readonly maxMissed?: number;
  };

/** Options of {@linkcode Replay}. */
export interface ReplayOptions {
  readonly log: HistoryLog;
  readonly channel: string;
  readonly subscriber: ResumingSubscriber;
  readonly start: ReplayStart;
}

/** What is read in one go, and held in memory for one subscriber. */
const PAGE = { limit: 256, maxBytes: 262_144 };

/**
 * Replays history to a subscriber and then passes live publications on, with no gap and no repeat
 * in between.
 *
 * It subscribes first and reads then. While it reads, live deliveries are only noted, not kept: all
 * of them are in the log, stored before they were delivered, so the log is the buffer and a slow
 * reader costs no memory. It goes live in the very moment in which it has read up to the last one
 * noted; what was read ahead of its delivery is filtered out by offset.
 *
 * ```
 * log    1 2 3 4 5 6 7 8        read to 6 ─┐        ┌─ 7 was read already: dropped
 * live             5 6 | 7 8    noted up to 6: caught up, live from here: 7, 8
 * ```
 */
export class Replay implements Subscriber {
  readonly #options: ReplayOptions;
  #isLive = false;
  #position: Position = { epoch: "", offset: 0 };
  /** The newest live delivery since the last read began: what came before is in what was read. */
  #noted: Position | undefined;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  get protocol(): Protocol<unknown> {
    return this.#options.subscriber.protocol;
  }

  /** Whether live publications are passed on. */
  get isLive(): boolean {
    return this.#isLive;
  }

  get wantsNotices(): boolean {
    return this.#options.subscriber.wantsNotices === true;
  }

  notice(notice: Notice): void {
    if (this.#isLive) this.#options.subscriber.notice?.(notice);
  }

  deliver(delivery: Delivery): void {
    const { subscriber } = this.#options;
    if (delivery.isTransient) {
      // It is not in the log: who has no room for it now has missed it.
      if (this.#isLive && !subscriber.isFull) subscriber.deliver(delivery);
      return;
    }
    if (this.#isLive && subscriber.isFull && !subscriber.isGone) {
      this.#isLive = false;
      this.#run(subscriber.drained().then(() => this.#read()));
    }
    if (!this.#isLive) {
      this.#noted = { epoch: delivery.epoch, offset: delivery.lastOffset };
    } else if (delivery.epoch !== this.#position.epoch) {
      this.#reset({ epoch: delivery.epoch, offset: delivery.firstOffset - 1 });
      this.#pass(delivery);
    } else if (delivery.lastOffset > this.#position.offset) {
      this.#pass(delivery.after(this.#position.offset));
    }
  }

  /** Looks in the log what has become of its place: live again once it has caught up with it. */
  moved(position: Position): void {
    this.#noted = position;
    if (!this.#isLive) return;
    this.#isLive = false;
    this.#run(this.#read());
  }

  /**
   * Reads until it has caught up, or the subscriber has gone; never throws.
   *
   * @param joined Resolves when live publications are sure to come; false if they cannot now.
   */
  start(joined?: Promise<boolean>): void {
    this.#run(joined === undefined ? this.#begin() : this.#beginWhen(joined));
  }

  async #beginWhen(joined: Promise<boolean>): Promise<HistoryPage> {
    const { channel } = this.#options;
    if (!await joined) throw new Error(`Cannot subscribe to ${channel} as history is out of reach`);
    return await this.#begin();
  }

  /** The one place where a failure to read ends up. */
  #run(firstPage: Promise<HistoryPage>): void {
    const { subscriber } = this.#options;
    firstPage.then((page) => this.#catchUp(page)).catch((error: unknown) => {
      if (!subscriber.isGone) subscriber.failed(error);
    });
  }

  async #catchUp(firstPage: HistoryPage): Promise<void> {
    const { subscriber } = this.#options;
    let page = firstPage;
    while (!subscriber.isGone) {
      await this.#handOver(page);
      if (this.#hasCaughtUp(page)) {
        this.#isLive = true;
        subscriber.caughtUp?.();
        return;
      }
      page = await this.#read();
    }
  }

  async #read(): Promise<HistoryPage> {
    const { log, channel } = this.#options;
    this.#noted = undefined;
    const page = await log.read(channel, { ...PAGE, since: this.#position.offset });
    if (isGap(this.#position, page)) this.#reset(page.top);
    return page;
  }

  /** Finds the place to begin and tells the subscriber; gives the first page behind it. */
  async #begin(): Promise<HistoryPage> {
    const { log, channel, start } = this.#options;
    if (start.kind !== "since") {
      const count = start.kind === "last" ? start.count : 0;
      const [top] = await log.tops([channel]);
      const { epoch, offset } = top ?? { epoch: "", offset: 0 };
      const since = Math.max(0, offset - count);
      const page = await log.read(channel, { ...PAGE, since });
      const first = page.publications[0]?.offset ?? offset + 1;
      this.#beginAt({ epoch, offset: first - 1 });
      return page;
    }
    const page = await log.read(channel, { ...PAGE, since: start.offset });
    const position = { epoch: start.epoch ?? page.top.epoch, offset: start.offset };
    const { maxMissed = Infinity } = start;
    const isTooMuch = page.top.offset - start.offset > maxMissed;
    if (isTooMuch || isGap(position, page)) {
      this.#reset(page.top);
      return { top: page.top, publications: [], hasMore: false };
    }
    this.#beginAt(position);
    return page;
  }

  /** Hands a page over bit by bit, as fast as it is taken. */
  async #handOver(page: HistoryPage): Promise<void> {
    const { subscriber, channel } = this.#options;
    for (const delivery of deliveriesOf(page, channel)) {
      if (subscriber.isGone) return;
      // Behind a gap begins the place that was told, which may be behind what was read.
      if (delivery.lastOffset <= this.#position.offset) continue;
      this.#pass(delivery.after(this.#position.offset));
      await subscriber.drained();
    }
  }

  #hasCaughtUp({ hasMore }: HistoryPage): boolean {
    if (hasMore) return false;
    if (this.#noted === undefined) return true;
    return this.#noted.epoch === this.#position.epoch &&
      this.#noted.offset <= this.#position.offset;
  }

  #pass(delivery: Delivery): void {
    this.#position = { epoch: delivery.epoch, offset: delivery.lastOffset };
    this.#options.subscriber.deliver(delivery);
  }

  #beginAt(position: Position): void {
    const { subscriber } = this.#options;
    this.#position = position;
    // It may have gone while this was found out.
    if (!subscriber.isGone) subscriber.begin(position);
  }

  #reset(position: Position): void {
    const { subscriber } = this.#options;
    this.#position = position;
    if (!subscriber.isGone) subscriber.reset(position);
  }
}

/** What pages make: who is given the same page is given the same deliveries, encoded once for all. */
const DELIVERIES = new WeakMap<HistoryPage, readonly Delivery[]>();

function deliveriesOf(page: HistoryPage, channel: string): readonly Delivery[] {
  let deliveries = DELIVERIES.get(page);
  if (deliveries === undefined) {
    const stream = { channel, epoch: page.top.epoch, hasHistory: true };
    const outgoing = page.publications.map((publication) => ({
      ...{ publication, publisher: undefined, hasDelta: true },
    }));
    deliveries = runsOf(outgoing).map((run) => new Delivery(stream, run));
    DELIVERIES.set(page, deliveries);
  }
  return deliveries;
}

/** Whether publications between `position` and what `page` holds are not there any more. */
function isGap({ epoch, offset }: Position, { top, publications }: HistoryPage): boolean {
  if (epoch !== top.epoch || offset > top.offset) return true;
  return (publications[0]?.offset ?? top.offset + 1) !== offset + 1;
}
