import type { CentrifugeCodec, CentrifugeFrame } from "../protocol/mod.ts";

/** Options of {@linkcode Outbox}. */
export interface OutboxOptions {
  readonly codec: CentrifugeCodec;
  /** Hands one frame to the transport. */
  readonly transmit: (frame: CentrifugeFrame) => void;
  /** Bytes that may be kept back; text counts UTF-16 units. */
  readonly maxKeptBytes: number;
  /** Told when more is kept back; none of it is sent before {@linkcode Outbox.uncork}. */
  readonly onFull: () => void;
}

/** Bytes that are joined at most: one frame of commands may have answers of any size. */
const MAX_JOINED_BYTES = 65_536;

/** Joins what is sent in one go into one frame: a frame costs more than what is in it. */
export class Outbox {
  readonly #options: OutboxOptions;
  #held: CentrifugeFrame[] = [];
  #heldBytes = 0;
  #isCorked = false;
  #isScheduled = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Sends a frame together with what else is sent before the running code ends. */
  send(frame: CentrifugeFrame): void {
    this.#held.push(frame);
    this.#heldBytes += frame.length;
    if (this.#isCorked) {
      if (this.#heldBytes > this.#options.maxKeptBytes) this.#options.onFull();
    } else if (this.#heldBytes >= MAX_JOINED_BYTES) this.flush();
    else this.#schedule();
  }

  /** Sends a frame that was made for many: at once, unless something waits before it. */
  deliver(frame: CentrifugeFrame): void {
    if (this.#held.length > 0 || this.#isCorked) this.send(frame);
    else this.#options.transmit(frame);
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

  /** Sends what waits, unless it is kept back. */
  flush(): void {
    const held = this.#held;
    if (held.length === 0 || this.#isCorked) return;
    this.#held = [];
    this.#heldBytes = 0;
    const { codec, transmit } = this.#options;
    const [only] = held;
    // All frames of one connection are made by its own codec.
    transmit(held.length === 1 && only !== undefined ? only : codec.join(held));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }
}
