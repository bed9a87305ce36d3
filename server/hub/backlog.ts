import type { Stream } from "../protocol/mod.ts";
import type { Outgoing } from "./delivery.ts";
import { Delivery, isFull, waitingBytes } from "./delivery.ts";
import { Notice } from "./notice.ts";

/** A publication that waits; a delivery holds neighbours of the very same stream. */
interface Waiting {
  readonly outgoing: Outgoing;
  readonly stream: Stream;
}

/**
 * What waits in a channel until every subscriber has taken it. Each publication and each notice has
 * a number, counted from the channel's beginning.
 */
export class Backlog {
  readonly #items: (Waiting | Notice)[] = [];
  /** The number of the first that waits. */
  #begin = 0;
  #notices = 0;
  /** What was made since the last one came: a crowd that takes it in turn asks for the same few. */
  readonly #made = new Map<number, Delivery>();

  /** The number that the next one to come will have. */
  get end(): number {
    return this.#begin + this.#items.length;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** How many of the waiting are notices. */
  get notices(): number {
    return this.#notices;
  }

  add(outgoing: Outgoing, stream: Stream): void {
    this.#items.push({ outgoing, stream });
    this.#made.clear();
  }

  addNotice(notice: Notice): void {
    this.#items.push(notice);
    this.#notices += 1;
    this.#made.clear();
  }

  /** What begins with that number: a notice, or as many publications as make one delivery. */
  from(number: number): Delivery | Notice {
    const made = this.#made.get(number);
    if (made !== undefined) return made;
    const first = this.#items[number - this.#begin];
    if (first === undefined) throw new RangeError(`Cannot deliver ${number}: it does not wait`);
    if (first instanceof Notice) return first;
    const delivery = this.#deliveryFrom(first, number - this.#begin);
    this.#made.set(number, delivery);
    return delivery;
  }

  /** Forgets what comes before that number; gives its bytes. */
  dropBefore(number: number): number {
    const dropped = this.#items.splice(0, number - this.#begin);
    this.#begin = number;
    this.#made.clear();
    let bytes = 0;
    for (const item of dropped) {
      if (item instanceof Notice) this.#notices -= 1;
      else bytes += waitingBytes(item.outgoing.publication.payload);
    }
    return bytes;
  }

  #deliveryFrom({ stream, outgoing }: Waiting, index: number): Delivery {
    const run = [outgoing];
    let bytes = waitingBytes(outgoing.publication.payload);
    for (let next = index + 1; next < this.#items.length && !isFull(run.length, bytes); next++) {
      const item = this.#items[next];
      if (item === undefined || item instanceof Notice || item.stream !== stream) break;
      run.push(item.outgoing);
      bytes += waitingBytes(item.outgoing.publication.payload);
    }
    return new Delivery(stream, run);
  }
}
