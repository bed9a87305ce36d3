import { setImmediate } from "node:timers";
import type { Appended, Draft, HistoryLog } from "../history/mod.ts";
import type { Histogram } from "../metrics/mod.ts";
import type { Position, Publication } from "../publication.ts";
import type { Subscription } from "./channel.ts";
import { Channel } from "./channel.ts";
import { waitingBytes } from "./delivery.ts";
import { FanOut } from "./fan_out.ts";
import type { Notice } from "./notice.ts";
import { Presence } from "./presence.ts";
import type { PublishRequest } from "./publish_request.ts";
import { aboutOf, draftOf } from "./publish_request.ts";
import type { ReplayStart } from "./replay.ts";
import { Replay } from "./replay.ts";
import type { ResumingSubscriber, Subscriber } from "./subscriber.ts";
import type { ChannelInfo, HubUsage } from "./usage.ts";

/** Publications stored in one step: some milliseconds in which nothing else happens. */
const MAX_BATCH = 2_048;

/** Options of {@linkcode Hub}. */
export interface HubOptions {
  readonly log: HistoryLog;
  /**
   * Bytes that may wait to be stored and handed out before publishers are turned away.
   * @default 67108864 (64 MiB)
   */
  readonly maxBacklogBytes?: number;
  /** Whether publishers are to be turned away for another reason. @default never */
  readonly isFull?: () => boolean;
  /**
   * Told when storing begins to fail, with the reason, which is not for clients, and when it works
   * again, with undefined.
   */
  readonly onStoring?: (failure: string | undefined) => void;
  /** Whether a channel keeps history. @default always */
  readonly hasHistory?: (channel: string) => boolean;
  /** Told the seconds that each step of storing took. */
  readonly commits?: Histogram;
  /** @default Date.now */
  readonly now?: () => number;
}

/**
 * Channels and who subscribes to them. A publication is stored first, then acknowledged, then
 * delivered; everything published in one turn of the event loop is stored in one step.
 */
export class Hub {
  /** Who is where. */
  readonly presence = new Presence();
  readonly #log: HistoryLog;
  readonly #hasHistory: (channel: string) => boolean;
  readonly #maxBacklogBytes: number;
  readonly #isFull: () => boolean;
  readonly #onStoring: ((failure: string | undefined) => void) | undefined;
  readonly #commits: Histogram | undefined;
  #isFailing = false;
  readonly #now: () => number;
  readonly #channels = new Map<string, Channel>();
  readonly #fanOut = new FanOut((channel) => this.#forgetIfIdle(channel));
  #requests: PublishRequest[] = [];
  /** How many publications were ever accepted, and how many of them are stored or have failed. */
  #accepted = 0;
  #settled = 0;
  /** Who ends when everything accepted before is stored, in that order. */
  readonly #leavers: { readonly after: number; readonly leave: () => void }[] = [];
  #requestBytes = 0;
  #storing: Promise<void> | undefined;

  constructor(options: HubOptions) {
    this.#onStoring = options.onStoring;
    this.#log = options.log;
    this.#commits = options.commits;
    this.#hasHistory = options.hasHistory ?? (() => true);
    this.#maxBacklogBytes = options.maxBacklogBytes ?? 67_108_864;
    this.#isFull = options.isFull ?? (() => false);
    this.#now = options.now ?? Date.now;
  }

  /** Whether more is waiting than may; publishers should be told to slow down. */
  get isOverloaded(): boolean {
    const bytes = this.#requestBytes + this.#fanOut.backlogBytes;
    return bytes > this.#maxBacklogBytes || this.#isFull();
  }

  /** Looks at each channel in use. */
  get usage(): HubUsage {
    let subscriptions = 0;
    for (const { subscriberCount } of this.#channels.values()) subscriptions += subscriberCount;
    const waiting = {
      storingBytes: this.#requestBytes,
      handingOutBytes: this.#fanOut.backlogBytes,
    };
    const { longestTurnMs } = this.#fanOut;
    return { channels: this.#channels.size, subscriptions, ...waiting, longestTurnMs };
  }

  /** Channels with subscribers or with something still to hand out. */
  channels(): ChannelInfo[] {
    return [...this.#channels.values()].map(({ name, subscriberCount }) => ({
      channel: name,
      subscribers: subscriberCount,
    }));
  }

  /** Accepts a publication: it is stored with all others of this turn of the event loop. */
  publish(request: PublishRequest): void {
    this.#requests.push(request);
    this.#accepted += 1;
    this.#requestBytes += waitingBytes(request.payload);
    this.#storing ??= this.#storeInTurns();
  }

  /** Tells those in the notice's channel who want to know. */
  announce(notice: Notice): void {
    const channel = this.#channels.get(notice.channel);
    if (channel?.announce(notice) === true) this.#fanOut.add(channel, 0);
  }

  /** Subscribes to what is published on `channel` from now on. */
  subscribe(channel: string, subscriber: Subscriber): Subscription {
    return this.#open(channel).add(subscriber);
  }

  /** Subscribes from an earlier place in the log on; see {@linkcode Replay}. */
  resume(channel: string, subscriber: ResumingSubscriber, start: ReplayStart): Subscription {
    const replay = new Replay({ log: this.#log, channel, subscriber, start });
    const subscription = this.subscribe(channel, replay);
    replay.start();
    return subscription;
  }

  /** Ends a subscription now; what waits for it is dropped. */
  unsubscribe(subscription: Subscription): void {
    subscription.channel.remove(subscription);
    this.#forgetIfIdle(subscription.channel);
  }

  /**
   * Ends a subscription once it has taken all that was accepted so far, and calls `onDone`. It is
   * handed out in slices, like everything else. A replay under way is cut short instead: it can be
   * resumed.
   */
  leave(subscription: Subscription, onDone: () => void): void {
    const { channel, subscriber } = subscription;
    const isReplaying = subscriber instanceof Replay && !subscriber.isLive;
    const leave = () => {
      channel.leave(subscription, onDone);
      this.#forgetIfIdle(channel);
    };
    if (isReplaying) {
      this.unsubscribe(subscription);
      onDone();
    } else this.whenSettled(leave);
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
    const time = this.#now();
    const logged = requests.filter(({ isTransient }) => isTransient !== true);
    const outcomes = await this.#append(logged.map((request) => draftOf(request, time)));
    let next = 0;
    for (const request of requests) {
      const appended = request.isTransient === true ? PASSED : outcomes[next++] ?? NO_ANSWER;
      this.#requestBytes -= waitingBytes(request.payload);
      if (request.counts !== undefined) request.counts[appended.kind] += 1;
      request.onAppended?.(appended);
      if (appended.kind === "stored") this.#deliver(request, appended.position, time);
    }
    this.#settled += requests.length;
    this.#tellStoring(outcomes);
    while ((this.#leavers[0]?.after ?? Infinity) <= this.#settled) this.#leavers.shift()?.leave();
    this.#fanOut.run();
  }

  #tellStoring(outcomes: readonly Appended[]): void {
    const failed = outcomes.find((outcome) => outcome.kind === "failed");
    if (this.#isFailing === (failed !== undefined)) return;
    this.#isFailing = failed !== undefined;
    this.#onStoring?.(failed?.reason);
  }

  /** A log that breaks its promise and rejects must not take the hub with it. */
  async #append(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    if (drafts.length === 0) return [];
    const startedAt = performance.now();
    try {
      return await this.#log.append(drafts);
    } catch (error) {
      return drafts.map(() => ({ kind: "failed", reason: String(error) }));
    } finally {
      this.#commits?.observe((performance.now() - startedAt) / 1_000);
    }
  }

  #deliver(request: PublishRequest, { epoch, offset }: Position, time: number): void {
    const { channel: name, payload, publisher, hasDelta } = request;
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    const publication: Publication = { offset, time, payload, ...aboutOf(request) };
    channel.publish({ publication, publisher, hasDelta }, epoch);
    this.#fanOut.add(channel, waitingBytes(payload));
  }

  #open(name: string): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new Channel(name, { hasHistory: () => this.#hasHistory(name) });
      this.#channels.set(name, channel);
    }
    return channel;
  }

  #forgetIfIdle(channel: Channel): void {
    if (!channel.isIdle || this.#channels.get(channel.name) !== channel) return;
    this.#channels.delete(channel.name);
  }
}

/** What becomes of a publication that goes past the log. */
const PASSED: Appended = { kind: "stored", position: { epoch: "", offset: 0 } };
const NO_ANSWER: Appended = { kind: "failed", reason: "the log gave no answer" };
