import type { Broker, Brought, HistoryLog } from "../history/mod.ts";
import type { Histogram } from "../metrics/mod.ts";
import type { Position, Publication } from "../publication.ts";
import type { Subscription } from "./channel.ts";
import { Channel } from "./channel.ts";
import { waitingBytes } from "./delivery.ts";
import { FanOut } from "./fan_out.ts";
import type { Notice } from "./notice.ts";
import { Presence } from "./presence.ts";
import type { PublishRequest } from "./publish_request.ts";
import { aboutOf } from "./publish_request.ts";
import type { ReplayStart } from "./replay.ts";
import { Replay } from "./replay.ts";
import { StoreQueue } from "./store_queue.ts";
import type { ResumingSubscriber, Subscriber } from "./subscriber.ts";
import type { ChannelInfo, HubUsage } from "./usage.ts";

/** Options of {@linkcode Hub}. */
export interface HubOptions {
  readonly log: HistoryLog;
  /** Where several servers share the log: it brings what is published, in place of the hub. */
  readonly broker?: Broker | undefined;
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
  readonly #broker: Broker | undefined;
  readonly #queue: StoreQueue;
  readonly #channels = new Map<string, Channel>();
  readonly #fanOut = new FanOut((channel) => this.#forgetIfIdle(channel));

  constructor(options: HubOptions) {
    const { log, broker, onStoring, commits, now = Date.now } = options;
    this.#log = log;
    this.#broker = broker;
    this.#hasHistory = options.hasHistory ?? (() => true);
    this.#maxBacklogBytes = options.maxBacklogBytes ?? 67_108_864;
    this.#isFull = options.isFull ?? (() => false);
    this.#queue = new StoreQueue({
      ...{ log, broker, onStoring, commits, now },
      onStored: (request, position, time) => this.#deliver(request, position, time),
      onStep: () => this.#fanOut.run(),
    });
    broker?.listen({
      isBusy: () => this.#fanOut.backlogBytes > this.#maxBacklogBytes,
      take: (channel, epoch, brought) => this.#take(channel, epoch, brought),
      moved: (channel, position) => this.#channels.get(channel)?.moved(position),
    });
  }

  /** Whether more is waiting than may; publishers should be told to slow down. */
  get isOverloaded(): boolean {
    const bytes = this.#queue.bytes + this.#fanOut.backlogBytes;
    return bytes > this.#maxBacklogBytes || this.#isFull();
  }

  /** Looks at each channel in use. */
  get usage(): HubUsage {
    let subscriptions = 0;
    for (const { subscriberCount } of this.#channels.values()) subscriptions += subscriberCount;
    const waiting = {
      storingBytes: this.#queue.bytes,
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
    this.#queue.add(request);
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

  /**
   * Calls `then` once a subscription is sure to be given what is stored from then on: at once where
   * one server stands alone. Else its subscriber is told if that cannot be at the moment.
   */
  whenJoined(subscription: Subscription, then: () => void): void {
    const { channel, subscriber } = subscription;
    const joined = this.#broker?.joined(channel.name);
    if (joined === undefined) return then();
    joined.then((isJoined) => {
      if (!channel.has(subscription)) return;
      if (isJoined) then();
      else subscriber.failed?.(new Error("Cannot subscribe as history is out of reach"));
    });
  }

  /** Subscribes from an earlier place in the log on; see {@linkcode Replay}. */
  resume(channel: string, subscriber: ResumingSubscriber, start: ReplayStart): Subscription {
    const replay = new Replay({ log: this.#log, channel, subscriber, start });
    const subscription = this.subscribe(channel, replay);
    replay.start(this.#broker?.joined(channel));
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
    } else this.whenSettled(() => this.#whenBrought(channel.name, leave));
  }

  /** Calls `onSettled` once everything accepted so far is stored and acknowledged, or has failed. */
  whenSettled(onSettled: () => void): void {
    this.#queue.whenSettled(onSettled);
  }

  /** Resolves when everything accepted so far is stored and acknowledged. */
  stored(): Promise<void> {
    return this.#queue.stored();
  }

  #whenBrought(channel: string, then: () => void): void {
    if (this.#broker === undefined) then();
    else this.#broker.settled(channel).then(then);
  }

  /** What a broker brings. */
  #take(name: string, epoch: string, brought: readonly Brought[]): void {
    const channel = this.#channels.get(name);
    for (const { publication, publisher: number, hasDelta } of brought) {
      const publisher = this.#queue.publishers.take(number);
      if (channel === undefined) continue;
      channel.publish({ publication, publisher, hasDelta }, epoch);
      this.#fanOut.add(channel, waitingBytes(publication.payload));
    }
    this.#fanOut.run();
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
      this.#broker?.join(name);
    }
    return channel;
  }

  #forgetIfIdle(channel: Channel): void {
    if (!channel.isIdle || this.#channels.get(channel.name) !== channel) return;
    this.#channels.delete(channel.name);
    this.#broker?.leave(channel.name);
  }
}
