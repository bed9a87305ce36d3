import type { Flight, Urgency } from "../../lifecycle/mod.ts";
import type { Disconnect } from "../errors.ts";
import { DISCONNECTS } from "../errors.ts";
import type { Delivery, Hub, ReplayStart, ResumingSubscriber, Subscription } from "../hub/mod.ts";
import type { Place } from "../limits/mod.ts";
import type { Traffic } from "../metrics/mod.ts";
import type { Position } from "../publication.ts";
import { SSE_END, SSE_HEARTBEAT, SSE_PROTOCOL, sseBegin, sseReset } from "../protocol/mod.ts";
import { nowSeconds } from "./expiry.ts";
import type { CountedSession, ExpelCause, SessionOwner } from "./session_owner.ts";
import type { TimerWheel, WheelTimer } from "./timer_wheel.ts";

/** What a stream needs. */
export interface StreamOptions {
  readonly channel: string;
  /** Empty for an anonymous reader. */
  readonly user: string;
  readonly start: ReplayStart;
  /** Unix seconds after which it has to go; undefined for never. */
  readonly expiresAt: number | undefined;
  readonly wheel: TimerWheel;
  readonly hub: Hub;
  readonly traffic: Traffic;
  readonly owner: SessionOwner;
  /** Bytes that may wait for the reader; what is beyond them waits in the log. */
  readonly maxQueuedBytes: number;
  /** Milliseconds that the reader has to take the last bytes of a stream that the server ends. */
  readonly closeTimeoutMs: number;
  /** Completed when the whole answer is out, or the reader has gone. */
  readonly flight: Flight;
  /** Given back when its connection is gone. */
  readonly place: Place;
}

/** Where a stream is in its life. */
type StreamState =
  | { readonly kind: "open" | "leaving"; readonly subscription: Subscription }
  /** Its last bytes are on their way. */
  | { readonly kind: "ending"; readonly timer: ReturnType<typeof setTimeout> }
  | { readonly kind: "gone" };

/** Milliseconds without any progress after which the reader of a full stream is taken for gone. */
const STALL_MS = 30_000;

type Chunk = Uint8Array<ArrayBuffer>;

/** One reader of a channel by Server-Sent Events. */
export class StreamSession implements ResumingSubscriber, CountedSession {
  readonly protocol = SSE_PROTOCOL;
  /** What the reader reads. */
  readonly body: ReadableStream<Chunk>;
  readonly #options: StreamOptions;
  readonly #controller: ReadableStreamDefaultController<Chunk>;
  #drained = Promise.withResolvers<void>();
  #state: StreamState;
  #expiry: WheelTimer | undefined;

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
    const { hub, channel, start, flight } = options;
    this.#state = { kind: "open", subscription: hub.resume(channel, this, start) };
    if (options.expiresAt !== undefined) {
      const leftMs = Math.max(0, options.expiresAt - nowSeconds()) * 1_000;
      this.#expiry = options.wheel.schedule(
        leftMs,
        () => this.#leave("hurry", DISCONNECTS.expired),
      );
    }
    flight.completed.then(() => this.#gone("clean"), () => this.#gone("terminated"));
  }

  get isGone(): boolean {
    return this.#state.kind !== "open" && this.#state.kind !== "leaving";
  }

  get isFull(): boolean {
    return (this.#controller.desiredSize ?? 0) <= 0;
  }

  get about(): { readonly user: string; readonly channel: string } {
    return this.#options;
  }

  get traffic(): Traffic {
    return this.#options.traffic;
  }

  get queuedBytes(): number {
    const { desiredSize } = this.#controller;
    return desiredSize === null ? 0 : this.#options.maxQueuedBytes - desiredSize;
  }

  begin(position: Position): void {
    if (this.#options.start.kind === "since") this.traffic.recovered += 1;
    this.#enqueue(sseBegin(position));
  }

  reset(position: Position): void {
    this.traffic.lost += 1;
    this.#enqueue(sseReset(position));
  }

  deliver(delivery: Delivery): void {
    this.traffic.deliveries += delivery.outgoing.length;
    this.#enqueue(delivery.joined(SSE_PROTOCOL));
  }

  /** Shows proxies and the reader that the stream is alive. */
  heartbeat(): void {
    if (!this.isFull) this.#enqueue(SSE_HEARTBEAT);
  }

  async drained(): Promise<void> {
    const { maxQueuedBytes } = this.#options;
    while (!this.isGone && (this.#controller.desiredSize ?? 0) < maxQueuedBytes / 2) {
      const timer = setTimeout(() => this.#cutOff(DISCONNECTS.tooSlow), STALL_MS);
      await this.#drained.promise;
      clearTimeout(timer);
    }
  }

  expel(cause: ExpelCause): boolean {
    const { isGone } = this;
    if (cause === "tooSlow") this.#cutOff(DISCONNECTS.tooSlow);
    else this.#leave("hurry", DISCONNECTS.forced);
    return !isGone;
  }

  failed(): void {
    this.#cutOff(DISCONNECTS.historyFailed);
  }

  close(urgency: Urgency): void {
    this.#leave(urgency, DISCONNECTS.stopping);
  }

  #leave(urgency: Urgency, disconnect: Disconnect): void {
    const { hub } = this.#options;
    const state = this.#state;
    if (state.kind === "open" && urgency === "flush") {
      this.#state = { kind: "leaving", subscription: state.subscription };
      hub.leave(state.subscription, () => this.#end(disconnect));
    } else if (urgency === "hurry" && (state.kind === "open" || state.kind === "leaving")) {
      hub.unsubscribe(state.subscription);
      this.#end(disconnect);
    }
  }

  #end(disconnect: Disconnect): void {
    if (this.isGone) return;
    this.#options.owner.disconnecting(disconnect);
    this.#enqueue(SSE_END);
    const timer = setTimeout(() => this.giveUp(), this.#options.closeTimeoutMs);
    this.#state = { kind: "ending", timer };
    this.#controller.close();
    this.#pulled();
  }

  giveUp(): void {
    if (this.#state.kind === "gone") return;
    this.#options.owner.givenUp();
    this.#gone("terminated");
  }

  /** The reader has stopped reading, or the log failed: it loses the stream and may resume. */
  #cutOff(disconnect: Disconnect): void {
    if (this.isGone) return;
    this.#options.owner.disconnecting(disconnect);
    this.#controller.error(
      new Error("Cannot go on with a stream as its reader has stopped reading"),
    );
    this.#gone("terminated");
  }

  #enqueue(chunk: Chunk): void {
    if (this.isGone) return;
    this.traffic.sent(chunk.byteLength);
    this.#controller.enqueue(chunk);
  }

  #pulled(): void {
    this.#drained.resolve();
    this.#drained = Promise.withResolvers();
  }

  #gone(outcome: "clean" | "terminated"): void {
    const state = this.#state;
    if (state.kind === "gone") return;
    this.#state = { kind: "gone" };
    this.#expiry?.cancel();
    if (state.kind === "ending") clearTimeout(state.timer);
    if (state.kind === "open" || state.kind === "leaving") {
      this.#options.hub.unsubscribe(state.subscription);
    }
    this.#pulled();
    // The runtime cannot take back what it holds for a reader that does not read.
    this.#options.flight.abandon();
    this.#options.owner.left(this, outcome);
    this.#options.place.release();
    this.#options.owner.released();
  }
}
