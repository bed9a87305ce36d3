import type { Stream } from "../protocol/mod.ts";
import type { Position } from "../publication.ts";
import type { Outgoing } from "./delivery.ts";
import { Backlog } from "./backlog.ts";
import { Delivery, isFull } from "./delivery.ts";
import { Notice } from "./notice.ts";
import type { Subscriber } from "./subscriber.ts";

/**
 * Notices that may wait in one channel. One more is dropped: they are for the moment, presence is
 * what tells who is there, and they hold up the publications behind them.
 */
const MAX_NOTICES = 1_024;

/** One subscriber's place in one channel. */
export interface Subscription {
  readonly channel: Channel;
  readonly subscriber: Subscriber;
  /** The number of what it takes next: {@linkcode Backlog} counts. */
  next: number;
  /** Set once it is to end: what it does not take any more, and who is told when it has the rest. */
  leaving?: { readonly until: number; readonly onDone: () => void };
}

/**
 * A channel in use: who subscribes, and what is published but not yet handed to all of them.
 *
 * It goes round and round through its subscribers, and each is given in one go whatever came since
 * its last turn: nobody waits for a round to end, and the longer a round takes, the more goes into
 * one frame. Every subscription knows what it takes next, so one that leaves early takes the rest,
 * and one that comes in between begins behind what is waiting; nobody can get one twice or out of
 * order.
 */
export class Channel {
  readonly name: string;
  readonly #hasHistory: () => boolean;
  readonly #subscriptions = new Set<Subscription>();
  readonly #backlog = new Backlog();
  /** What is published next is part of this; undefined where it begins a delivery of its own. */
  #stream: Stream | undefined;
  /** How many of the subscribers want notices. */
  #listeners = 0;
  /** Where the round goes on, and what everyone it has come to has taken already. */
  #round: { readonly rest: Iterator<Subscription>; taken: number } | undefined;

  constructor(name: string, { hasHistory = () => true }: { hasHistory?: () => boolean } = {}) {
    this.name = name;
    this.#hasHistory = hasHistory;
  }

  get subscriberCount(): number {
    return this.#subscriptions.size;
  }

  /** Whether it may be forgotten. */
  get isIdle(): boolean {
    return this.#subscriptions.size === 0 && this.#backlog.isEmpty;
  }

  /** Adds a subscriber; it receives what is published from now on. */
  add(subscriber: Subscriber): Subscription {
    const subscription: Subscription = { channel: this, subscriber, next: this.#backlog.end };
    this.#subscriptions.add(subscription);
    if (subscriber.wantsNotices === true) this.#listeners += 1;
    return subscription;
  }

  has(subscription: Subscription): boolean {
    return this.#subscriptions.has(subscription);
  }

  /** Removes a subscription; what is published from now on is not for it. */
  remove(subscription: Subscription): void {
    this.#delete(subscription);
  }

  #delete(subscription: Subscription): boolean {
    if (!this.#subscriptions.delete(subscription)) return false;
    if (subscription.subscriber.wantsNotices === true) this.#listeners -= 1;
    return true;
  }

  /**
   * Removes a subscription once it has taken all that is published so far, and calls `onDone`: at
   * once if nothing waits for it, else when the hand-out has come that far.
   */
  leave(subscription: Subscription, onDone: () => void): void {
    if (!this.#subscriptions.has(subscription)) return;
    // What comes behind its last publication is not delivered together with it.
    this.#stream = undefined;
    subscription.leaving = { until: this.#backlog.end, onDone };
    this.#removeIfDone(subscription);
  }

  /** @param epoch Empty for what went past the log: that makes a delivery of its own. */
  publish(outgoing: Outgoing, epoch: string): void {
    if (this.#backlog.isEmpty || this.#stream?.epoch !== epoch) {
      this.#stream = { channel: this.name, epoch, hasHistory: this.#hasHistory() };
    }
    this.#backlog.add(outgoing, this.#stream);
  }

  /** Queues a notice behind what is published; false if nobody is told, or too many wait. */
  announce(notice: Notice): boolean {
    if (this.#listeners === 0 || this.#backlog.notices >= MAX_NOTICES) return false;
    this.#backlog.addNotice(notice);
    return true;
  }

  /** The log stands there, and what lies before it may be gone: who has a place in it looks. */
  moved(position: Position): void {
    for (const { subscriber } of [...this.#subscriptions]) subscriber.moved?.(position);
  }

  /**
   * Goes on with the round until it ends, or until `isTimeUp`, told how much was just sent, says
   * so; true when nothing waits any more. `onFinished` is told the bytes that everyone has.
   */
  handOut(isTimeUp: (sends: number) => boolean, onFinished: (bytes: number) => void): boolean {
    if (this.#backlog.isEmpty) return true;
    this.#round ??= { rest: this.#subscriptions.values(), taken: this.#backlog.end };
    for (let each = this.#round.rest.next(); each.done !== true; each = this.#round.rest.next()) {
      const subscription = each.value;
      const sends = this.#handTo(subscription);
      this.#round.taken = Math.min(this.#round.taken, subscription.next);
      if (sends > 0 && isTimeUp(sends)) return false;
    }
    // Who came in meanwhile took part at the round's end, or takes nothing of what came before.
    onFinished(this.#backlog.dropBefore(this.#round.taken));
    this.#round = undefined;
    return this.#backlog.isEmpty;
  }

  /** Hands over what waits for one subscriber, until that fills a delivery; gives what it costs. */
  #handTo(subscription: Subscription): number {
    const { subscriber } = subscription;
    let [sends, count, bytes] = [0, 0, 0];
    while (subscription.next < this.#backlog.end && !isFull(count, bytes)) {
      const what = this.#backlog.from(subscription.next);
      const size = what instanceof Delivery ? what.outgoing.length : 1;
      subscription.next += size;
      count += size;
      bytes += what instanceof Delivery ? what.bytes : 0;
      sends += handTo(subscriber, what);
      this.#removeIfDone(subscription);
      // It may have ended itself, or have had the rest.
      if (!this.#subscriptions.has(subscription)) break;
    }
    return sends;
  }

  #removeIfDone(subscription: Subscription): void {
    const { leaving, next } = subscription;
    if (leaving === undefined || next < leaving.until) return;
    if (this.#delete(subscription)) leaving.onDone();
  }
}

/** Bytes that cost about as much to send as a frame of its own. */
const BYTES_PER_SEND = 8_192;

/** Hands one thing to one subscriber; gives what that costs, counted in frames. */
function handTo(subscriber: Subscriber, what: Delivery | Notice): number {
  if (what instanceof Delivery) {
    subscriber.deliver(what);
    const frames = subscriber.protocol.join === undefined ? what.outgoing.length : 1;
    return frames + Math.floor(what.bytes / BYTES_PER_SEND);
  }
  if (subscriber.wantsNotices !== true) return 0;
  subscriber.notice?.(what);
  return 1;
}
