import type { CentrifugeCodec, CentrifugeFrame } from "../protocol/mod.ts";

/** Joins what is sent in one go into one frame: a frame costs more than what is in it. */
export class Outbox {
  readonly #codec: CentrifugeCodec;
  readonly #transmit: (frame: CentrifugeFrame) => void;
  #held: CentrifugeFrame[] = [];
  #isCorked = false;
  #isScheduled = false;

  /** @param transmit Hands one frame to the transport. */
  constructor(codec: CentrifugeCodec, transmit: (frame: CentrifugeFrame) => void) {
    this.#codec = codec;
    this.#transmit = transmit;
  }

  /** Sends a frame together with what else is sent before the running code ends. */
  send(frame: CentrifugeFrame): void {
    this.#held.push(frame);
    if (this.#isScheduled || this.#isCorked) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (!this.#isCorked) this.flush();
    });
  }

  /** Sends a frame that was made for many: at once, unless something waits before it. */
  deliver(frame: CentrifugeFrame): void {
    if (this.#held.length > 0 || this.#isCorked) this.send(frame);
    else this.#transmit(frame);
  }

  /** Keeps back what is sent from now on. */
  cork(): void {
    this.flush();
    this.#isCorked = true;
  }

  /** Sends `first`, if anything, and then what was kept back. */
  uncork(first?: CentrifugeFrame): void {
    this.#isCorked = false;
    if (first !== undefined) this.#held.unshift(first);
    this.flush();
  }

  /** Sends what waits. */
  flush(): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    const [only] = held;
    // All frames of one connection are made by its own codec.
    this.#transmit(held.length === 1 && only !== undefined ? only : this.#codec.join(held));
  }
}
