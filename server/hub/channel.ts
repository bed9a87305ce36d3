import type { Stream } from "../protocol/mod.ts";
import type { Outgoing } from "./delivery.ts";
import { Delivery, runsOf } from "./delivery.ts";
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
  /** How many deliveries of the channel it has taken: {@linkcode Channel} counts them. */
  taken: number;
  /** Set once it is to end: how many it still takes in all, and who is told when it has. */
  leaving?: { readonly until: number; readonly onDone: () => void };
}

/**
 * A channel in use: who subscribes, and what is published but not yet handed to all of them.
 *
 * Deliveries wait in a queue, each until every subscriber has taken it. Every subscription knows
 * how many it has taken, so one that leaves early takes the rest at once, and one that comes in
 * between begins behind what is waiting; nobody can get one twice or out of order.
 */
export class Channel {
  readonly name: string;
  readonly #hasHistory: () => boolean;
  readonly #subscriptions = new Set<Subscription>();
  /** Published, and not yet part of a delivery; all of one epoch. */
  #outgoing: Outgoing[] = [];
  #epoch = "";
  /** Not yet taken by every subscriber, oldest first. */
  readonly #waiting: (Delivery | Notice)[] = [];
  /** How many of the waiting are notices. */
  #notices = 0;
  /** How many of the subscribers want notices. */
  #listeners = 0;
  /** How many deliveries were ever finished: the number of the first waiting one. */
  #finished = 0;
  /** Where in the subscriptions the pass over the first waiting delivery goes on. */
  #pass: Iterator<Subscription> | undefined;

  constructor(name: string, { hasHistory = () => true }: { hasHistory?: () => boolean } = {}) {
    this.name = name;
    this.#hasHistory = hasHistory;
  }

  get subscriberCount(): number {
    return this.#subscriptions.size;
  }

  /** Whether it may be forgotten. */
  get isIdle(): boolean {
    return this.#subscriptions.size === 0 && this.#waiting.length === 0 &&
      this.#outgoing.length === 0;
  }

  /** Adds a subscriber; it receives what is published from now on. */
  add(subscriber: Subscriber): Subscription {
    this.#seal();
    const taken = this.#finished + this.#waiting.length;
    const subscription: Subscription = { channel: this, subscriber, taken };
    this.#subscriptions.add(subscription);
    if (subscriber.wantsNotices === true) this.#listeners += 1;
    return subscription;
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
    this.#seal();
    subscription.leaving = { until: this.#finished + this.#waiting.length, onDone };
    this.#removeIfDone(subscription);
  }

  /** @param epoch Empty for what went past the log: that makes a delivery of its own. */
  publish(outgoing: Outgoing, epoch: string): void {
    if (epoch !== this.#epoch) this.#seal();
    this.#epoch = epoch;
    this.#outgoing.push(outgoing);
  }

  /** Queues a notice behind what is published; false if nobody is told, or too many wait. */
  announce(notice: Notice): boolean {
    if (this.#listeners === 0 || this.#notices >= MAX_NOTICES) return false;
    this.#notices += 1;
    this.#seal();
    this.#waiting.push(notice);
    return true;
  }

  /**
   * Hands out the next delivery, or as much of it as can be until `isTimeUp`, told how much was
   * just sent, says so; true when nothing waits any more. `onFinished` is told the bytes of a
   * delivery that everyone has.
   */
  handOut(isTimeUp: (sends: number) => boolean, onFinished: (bytes: number) => void): boolean {
    this.#seal();
    const [delivery] = this.#waiting;
    if (delivery === undefined) return true;
    if (!this.#continuePass(delivery, isTimeUp)) return false;
    this.#pass = undefined;
    this.#waiting.shift();
    this.#finished += 1;
    if (delivery instanceof Notice) this.#notices -= 1;
    else onFinished(delivery.bytes);
    return this.#waiting.length === 0;
  }

  /** One pass over the subscriptions, as far as time allows; true at its end. */
  #continuePass(delivery: Delivery | Notice, isTimeUp: (sends: number) => boolean): boolean {
    this.#pass ??= this.#subscriptions.values();
    const number = this.#finished;
    for (let next = this.#pass.next(); next.done !== true; next = this.#pass.next()) {
      const subscription = next.value;
      if (subscription.taken > number) continue;
      subscription.taken = number + 1;
      const sends = handTo(subscription.subscriber, delivery);
      this.#removeIfDone(subscription);
      if (isTimeUp(sends)) return false;
    }
    return true;
  }

  #removeIfDone(subscription: Subscription): void {
    const { leaving, taken } = subscription;
    if (leaving === undefined || taken < leaving.until) return;
    if (this.#delete(subscription)) leaving.onDone();
  }

  /** Makes what was published since the last time into deliveries. */
  #seal(): void {
    if (this.#outgoing.length === 0) return;
    const stream: Stream = {
      channel: this.name,
      epoch: this.#epoch,
      hasHistory: this.#hasHistory(),
    };
    for (const run of runsOf(this.#outgoing)) this.#waiting.push(new Delivery(stream, run));
    this.#outgoing = [];
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
