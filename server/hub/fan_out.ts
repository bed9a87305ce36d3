import { setImmediate } from "node:timers";
import type { Channel } from "./channel.ts";

/**
 * How long one turn of the event loop may be spent on handing out. Between turns sockets are read,
 * signals are heard and timers fire: without the slice one turn grows with the backlog.
 */
const SLICE_MS = 8;

/**
 * Frames sent in one turn. `send` only queues: the runtime writes after the turn, about 5 µs for
 * each frame, and the next turn waits for it. The clock alone would see none of that. What is
 * published meanwhile is read in the next turn, and goes to all who come after: short turns make
 * young messages, and cost less than they save, as what a turn touches stays in the processor's cache.
 */
const SENDS_PER_SLICE = 64;

/** Reading the clock costs about as much as a tenth of a send: it is read once in so many. */
const SENDS_PER_CLOCK = 16;

/** Hands publications to subscribers, in slices, channel after channel. */
export class FanOut {
  readonly #channels = new Set<Channel>();
  readonly #onIdle: (channel: Channel) => void;
  #isScheduled = false;
  /** Whether the last slice ended before everything was handed out. */
  #hasRest = false;
  #backlogBytes = 0;
  #sliceBeganAt = 0;
  #sliceEndsAt = 0;
  #longestTurnMs = 0;
  #sends = 0;
  #sendsAtClock = 0;
  #isOver = false;

  /** @param onIdle Told of each channel of which everything is handed out. */
  constructor(onIdle: (channel: Channel) => void) {
    this.#onIdle = onIdle;
  }

  /** Bytes published but not yet handed to every subscriber. */
  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  /** The longest turn of the event loop that handed out and left a rest, with all that was in it. */
  get longestTurnMs(): number {
    return this.#longestTurnMs;
  }

  /** Puts `channel` in line; `bytes` were published on it. */
  add(channel: Channel, bytes: number): void {
    this.#channels.add(channel);
    this.#backlogBytes += bytes;
    this.#schedule();
  }

  /**
   * Hands out at once, for one slice; the rest follows in later turns. Does nothing where a rest is
   * due: two slices in one turn would make it twice as long.
   */
  run(): void {
    if (!this.#hasRest) this.#runSlice();
  }

  #runSlice(): void {
    const now = performance.now();
    // A rest is handed out one turn later.
    if (this.#hasRest) {
      this.#longestTurnMs = Math.max(this.#longestTurnMs, now - this.#sliceBeganAt);
    }
    this.#sliceBeganAt = now;
    this.#sliceEndsAt = now + SLICE_MS;
    this.#sends = 0;
    this.#sendsAtClock = 0;
    this.#isOver = false;
    for (const channel of [...this.#channels]) {
      this.#channels.delete(channel);
      const isDone = channel.handOut(this.#isTimeUp, this.#onFinished);
      if (isDone) this.#onIdle(channel);
      // Back to the end of the line: a large channel does not hold up the small ones.
      else this.#channels.add(channel);
      if (this.#isOver || this.#isTimeUp(1)) break;
    }
    this.#hasRest = this.#channels.size > 0;
    this.#schedule();
  }

  /** Told how many frames were just sent. Says the same from the first yes to the slice's end. */
  readonly #isTimeUp = (sends: number): boolean => {
    this.#sends += sends;
    if (this.#sends - this.#sendsAtClock >= SENDS_PER_CLOCK) {
      this.#sendsAtClock = this.#sends;
      this.#isOver ||= performance.now() >= this.#sliceEndsAt;
    }
    this.#isOver ||= this.#sends >= SENDS_PER_SLICE;
    return this.#isOver;
  };

  readonly #onFinished = (bytes: number): void => {
    this.#backlogBytes -= bytes;
  };

  #schedule(): void {
    if (this.#isScheduled || this.#channels.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#runSlice();
    });
  }
}
