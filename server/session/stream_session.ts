import type { DrainableConnection, Urgency } from "../../lifecycle/mod.ts";
import type { Delivery, Hub, ReplayStart, ResumingSubscriber, Subscription } from "../hub/mod.ts";
import type { Position } from "../publication.ts";
import { SSE_END, SSE_HEARTBEAT, SSE_PROTOCOL, sseBegin, sseReset } from "../protocol/mod.ts";
import type { SessionOwner } from "./session.ts";

/** What a stream needs. */
export interface StreamOptions {
  readonly channel: string;
  readonly start: ReplayStart;
  readonly hub: Hub;
  readonly owner: SessionOwner;
  /** Bytes that may wait for the reader before it is too slow. */
  readonly maxQueuedBytes: number;
  /** Milliseconds that the reader has to take the last bytes of a stream that the server ends. */
  readonly closeTimeoutMs: number;
  /** Settles when the whole answer is out, or the reader has gone. */
  readonly completed: Promise<unknown>;
}

/** Where a stream is in its life. */
type StreamState =
  | { readonly kind: "open"; readonly subscription: Subscription }
  /** Its last bytes are on their way. */
  | { readonly kind: "ending"; readonly timer: ReturnType<typeof setTimeout> }
  | { readonly kind: "gone" };

type Chunk = Uint8Array<ArrayBuffer>;

/** One reader of a channel by Server-Sent Events. */
export class StreamSession implements ResumingSubscriber, DrainableConnection {
  readonly protocol = SSE_PROTOCOL;
  /** What the reader reads. */
  readonly body: ReadableStream<Chunk>;
  readonly #options: StreamOptions;
  readonly #controller: ReadableStreamDefaultController<Chunk>;
  #drained = Promise.withResolvers<void>();
  #state: StreamState;

  constructor(options: StreamOptions) {
    this.#options = options;
    let controller: ReadableStreamDefaultController<Chunk> | undefined;
    this.body = new ReadableStream<Chunk>({
      start: (ready) => {
        controller = ready;
      },
      pull: () => this.#pulled(),
      cancel: () => this.#gone("terminated"),
    }, { highWaterMark: options.maxQueuedBytes, size: ({ byteLength }) => byteLength });
    if (controller === undefined) throw new TypeError("Cannot stream as the stream did not start");
    this.#controller = controller;
    const { hub, channel, start, completed } = options;
    this.#state = { kind: "open", subscription: hub.resume(channel, this, start) };
    completed.then(() => this.#gone("clean"), () => this.#gone("terminated"));
  }

  get isGone(): boolean {
    return this.#state.kind !== "open";
  }

  begin(position: Position): void {
    this.#enqueue(sseBegin(position));
  }

  reset(position: Position): void {
    this.#enqueue(sseReset(position));
  }

  deliver(delivery: Delivery): void {
    for (const frame of delivery.frames(SSE_PROTOCOL)) this.#enqueue(frame);
    if (this.#state.kind === "open" && (this.#controller.desiredSize ?? 0) <= 0) this.#cutOff();
  }

  /** Shows proxies and the reader that the stream is alive. */
  heartbeat(): void {
    this.#enqueue(SSE_HEARTBEAT);
  }

  async drained(): Promise<void> {
    const { maxQueuedBytes } = this.#options;
    while (!this.isGone && (this.#controller.desiredSize ?? 0) < maxQueuedBytes / 2) {
      await this.#drained.promise;
    }
  }

  failed(): void {
    this.#cutOff();
  }

  close(urgency: Urgency): void {
    if (this.#state.kind !== "open") return;
    const { hub, closeTimeoutMs } = this.#options;
    hub.unsubscribe(this.#state.subscription, urgency === "flush" ? "flush" : "drop");
    if (this.isGone) return;
    this.#enqueue(SSE_END);
    const timer = setTimeout(() => this.giveUp(), closeTimeoutMs);
    this.#state = { kind: "ending", timer };
    this.#controller.close();
    this.#pulled();
  }

  giveUp(): void {
    if (this.#state.kind === "gone") return;
    this.#options.owner.givenUp();
    this.#gone("terminated");
  }

  /** The reader did not keep up, or the log failed: it loses the stream and may resume. */
  #cutOff(): void {
    this.#controller.error(new Error("Cannot go on with a stream as its reader is too slow"));
    this.#gone("terminated");
  }

  #enqueue(chunk: Chunk): void {
    if (this.#state.kind === "open") this.#controller.enqueue(chunk);
  }

  #pulled(): void {
    this.#drained.resolve();
    this.#drained = Promise.withResolvers();
  }

  #gone(outcome: "clean" | "terminated"): void {
    const state = this.#state;
    if (state.kind === "gone") return;
    this.#state = { kind: "gone" };
    if (state.kind === "ending") clearTimeout(state.timer);
    if (state.kind === "open") this.#options.hub.unsubscribe(state.subscription, "drop");
    this.#pulled();
    this.#options.owner.left(this, outcome);
    this.#options.owner.released();
  }
}
