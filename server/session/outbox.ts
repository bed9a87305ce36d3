import type { CentrifugeCodec, CentrifugeFrame } from "../protocol/mod.ts";
import type { Flushable, Flusher, Flushers } from "./flusher.ts";

/** Options of {@linkcode Outbox}. */
export interface OutboxOptions {
  readonly codec: CentrifugeCodec;
  readonly flushers: Flushers;
  /** Hands one frame to the transport. */
  readonly transmit: (frame: CentrifugeFrame) => void;
  /** Bytes that may be kept back; text counts UTF-16 units. */
  readonly maxKeptBytes: number;
  /** Told when more is kept back; none of it is sent before {@linkcode Outbox.uncork}. */
  readonly onFull: () => void;
}

/** Bytes that are joined at most: one frame of commands may have answers of any size. */
const MAX_JOINED_BYTES = 65_536;

/**
 * Joins what is sent in one go into one frame: replies, and the publications of all channels. A frame
 * costs more than what is in it.
 */
export class Outbox implements Flushable {
  readonly #options: OutboxOptions;
  readonly #held: CentrifugeFrame[] = [];
  #heldBytes = 0;
  #isCorked = false;
  #isScheduled = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Bytes that are not sent yet; text counts UTF-16 units. */
  get bytes(): number {
    return this.#heldBytes;
  }

  /** Sends a frame together with what else is sent before the running code ends. */
  send(frame: CentrifugeFrame): void {
    this.#held.push(frame);
    this.#heldBytes += frame.length;
    if (this.#isCorked) {
      if (this.#heldBytes > this.#options.maxKeptBytes) this.#options.onFull();
    } else if (this.#heldBytes >= MAX_JOINED_BYTES) this.#transmit();
    else this.#schedule(this.#options.flushers.soon);
  }

  /**
   * Sends what comes in this turn of the event loop at its end: answers to the commands of one frame
   * come from different places.
   */
  gather(): void {
    this.#schedule(this.#options.flushers.turnEnd);
  }

  /** Keeps back what is sent from now on. */
  cork(): void {
    this.#transmit();
    this.#isCorked = true;
  }

  /** Sends `first`, if anything, and then what was kept back. */
  uncork(first?: CentrifugeFrame): void {
    this.#isCorked = false;
    if (first !== undefined) this.#held.unshift(first);
    this.#transmit();
  }

  /** Sends what waits, unless it is kept back. */
  flush(): void {
    this.#isScheduled = false;
    if (!this.#isCorked) this.#transmit();
  }

  #schedule(flusher: Flusher): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    flusher.add(this);
  }

  #transmit(): void {
    const [first] = this.#held;
    if (first === undefined) return;
    // All frames of one connection are made by its own codec.
    const frame = this.#held.length === 1 ? first : this.#options.codec.join(this.#held);
    // Emptied first: sending may end the connection, which flushes again.
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.#options.transmit(frame);
  }
}
