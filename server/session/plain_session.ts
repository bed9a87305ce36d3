import type { CloseOutcome, Urgency } from "../../lifecycle/mod.ts";
import { closeOutcome } from "../../lifecycle/mod.ts";
import { isOfFormat } from "../auth/mod.ts";
import type { ChannelOptions } from "../config/mod.ts";
import type { Disconnect } from "../errors.ts";
import { DISCONNECTS, UNHEARD } from "../errors.ts";
import type { Delivery, Hub, ResumingSubscriber, Subscription } from "../hub/mod.ts";
import type { Place } from "../limits/mod.ts";
import type { Traffic } from "../metrics/mod.ts";
import { decodePlainFrame, PLAIN_PROTOCOL } from "../protocol/mod.ts";
import type { ClientInfo } from "../publication.ts";
import { nowSeconds } from "./expiry.ts";
import { isLargerThan } from "./message_size.ts";
import type { ConnectingSession, ExpelCause, SessionOwner } from "./session_owner.ts";
import type { TimerWheel, WheelTimer } from "./timer_wheel.ts";
import type { WebSocketTransport } from "./websocket_transport.ts";

/** What a session needs besides its socket. */
export interface PlainSessionOptions {
  readonly channel: string;
  readonly options: ChannelOptions;
  /** Empty for an anonymous client; others are told of any other. */
  readonly user: string;
  readonly mayPublish: boolean;
  /** Whether it may publish data of any format. */
  readonly isInsecure: boolean;
  /** Unix seconds after which it has to go; undefined for never. */
  readonly expiresAt: number | undefined;
  readonly wheel: TimerWheel;
  readonly traffic: Traffic;
  /** Whether the client receives what it publishes itself. */
  readonly hasEcho: boolean;
  /** Publications that it is sent first, of those that are kept. */
  readonly history: number;
  /** Bytes of the largest frame that a client may send. */
  readonly maxMessageBytes: number;
  /** Given back when its connection is gone. */
  readonly place: Place;
  readonly hub: Hub;
  readonly owner: SessionOwner;
}

/** Where a session is in its life. */
type SessionState =
  /** Upgraded but not open yet; `isUnwanted` if it is to be closed as soon as it is. */
  | { readonly kind: "connecting"; readonly isUnwanted: boolean }
  | { readonly kind: "open"; readonly subscription: Subscription }
  /** It is sent what was published so far, then our Close. */
  | {
    readonly kind: "leaving";
    readonly subscription: Subscription;
    readonly disconnect: Disconnect;
  }
  /** Our Close is sent; what the peer had sent before it saw it is still processed, if it may. */
  | { readonly kind: "closing"; readonly isHeard: boolean }
  | { readonly kind: "gone" };

/**
 * One connected plain WebSocket: each frame it sends is one publication on its channel, and it
 * receives everyone else's.
 */
export class PlainSession implements ResumingSubscriber, ConnectingSession {
  readonly protocol = PLAIN_PROTOCOL;
  readonly #transport: WebSocketTransport;
  readonly #options: PlainSessionOptions;
  #state: SessionState = { kind: "connecting", isUnwanted: false };
  #isReleased = false;
  #expiry: WheelTimer | undefined;
  readonly #info: ClientInfo | undefined;

  constructor(socket: WebSocket, transport: WebSocketTransport, options: PlainSessionOptions) {
    this.#transport = transport;
    this.#options = options;
    const { user } = options;
    this.#info = user === "" ? undefined : { user, client: crypto.randomUUID() };
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#received(data);
    socket.onclose = (event) => this.#ended(closeOutcome(event));
    socket.onerror = (event) => this.#failed(event);
  }

  deliver(delivery: Delivery): void {
    if (this.isGone) return;
    const frames = delivery.frames(PLAIN_PROTOCOL);
    const { traffic } = this;
    for (const [index, frame] of frames.entries()) {
      if (!this.#options.hasEcho && delivery.outgoing[index]?.publisher === this) continue;
      traffic.deliveries += 1;
      traffic.sent(frame.length);
      if (!this.#transport.send(frame)) return this.#disconnect(DISCONNECTS.tooSlow, "drop");
    }
  }

  get about(): { readonly user: string; readonly channel: string } {
    return this.#options;
  }

  get traffic(): Traffic {
    return this.#options.traffic;
  }

  get queuedBytes(): number {
    return this.#transport.queuedBytes;
  }

  get isGone(): boolean {
    return this.#state.kind !== "open" && this.#state.kind !== "leaving";
  }

  /** It has a bound of its own, and no position to go on from: see {@linkcode deliver}. */
  get isFull(): boolean {
    return false;
  }

  async drained(): Promise<void> {
    if (!await this.#transport.drained()) this.expel("tooSlow");
  }

  expel(cause: ExpelCause): boolean {
    const { isGone } = this;
    this.#disconnect(DISCONNECTS[cause], "drop");
    return !isGone;
  }

  /** A plain WebSocket has no position: there is nothing to tell. */
  begin(): void {}

  reset(): void {}

  failed(): void {
    this.#disconnect(DISCONNECTS.historyFailed, "drop");
  }

  close(urgency: Urgency): void {
    // The runtime loses a close before the open without a word: it is made up for in the open.
    if (this.#state.kind === "connecting") this.#state = { kind: "connecting", isUnwanted: true };
    this.#disconnect(DISCONNECTS.stopping, urgency === "flush" ? "flush" : "drop");
  }

  /** It was upgraded and never opened: the runtime tells nobody that the peer has vanished. */
  expire(): void {
    if (this.#state.kind === "connecting") this.#ended("terminated");
  }

  giveUp(): void {
    if (this.#state.kind === "closing") this.#transport.giveUp();
    else if (this.#state.kind !== "gone") this.#givenUp();
  }

  #opened(): void {
    if (this.#state.kind !== "connecting") return;
    this.#options.owner.opened(this);
    if (this.#state.isUnwanted) return this.#sendClose(DISCONNECTS.stopping);
    this.#watchExpiry();
    const { hub, channel, history } = this.#options;
    const subscription = history === 0
      ? hub.subscribe(channel, this)
      : hub.resume(channel, this, { kind: "last", count: history });
    this.#state = { kind: "open", subscription };
  }

  #received(data: string | ArrayBuffer): void {
    const state = this.#state;
    if (state.kind === "gone") return;
    this.#options.owner.received(state.kind === "closing");
    const size = typeof data === "string" ? data.length : data.byteLength;
    this.traffic.received(size);
    if (state.kind === "closing" && !state.isHeard) return;
    // Who is asked to go has sent what it has sent.
    if (state.kind === "open" && this.#options.owner.earlyMs(this, size) > 0) {
      return this.#disconnect(DISCONNECTS.tooMany, "drop");
    }
    if (isLargerThan(data, this.#options.maxMessageBytes)) {
      return this.#disconnect(DISCONNECTS.tooLarge, "drop");
    }
    const { hub, channel, mayPublish, isInsecure, options } = this.#options;
    const payload = decodePlainFrame(data);
    const isTaken = mayPublish && (isInsecure || isOfFormat(payload, options));
    if (!isTaken) return this.#disconnect(DISCONNECTS.notAllowed, "drop");
    hub.publish({
      ...{ channel, payload, hasDelta: options.deltaPublish },
      ...(this.#info !== undefined && { info: this.#info }),
      ...{ publisher: this, counts: this.traffic.publications },
      onAppended: ({ kind }) => {
        if (kind === "failed") this.#disconnect(DISCONNECTS.notStored, "drop");
      },
    });
    // The message that tips the scale is accepted all the same: it is the sender that must go.
    if (hub.isOverloaded) this.#disconnect(DISCONNECTS.tooFast, "drop");
  }

  #watchExpiry(): void {
    const { expiresAt, wheel } = this.#options;
    if (expiresAt === undefined) return;
    const leftMs = Math.max(0, expiresAt - nowSeconds()) * 1_000;
    this.#expiry = wheel.schedule(leftMs, () => this.#disconnect(DISCONNECTS.expired, "drop"));
  }

  /** The first cause counts: who is leaving and proves too slow is told why it had to leave. */
  #disconnect(disconnect: Disconnect, waiting: "flush" | "drop"): void {
    const { hub } = this.#options;
    const state = this.#state;
    if (state.kind === "open" && waiting === "flush") {
      const { subscription } = state;
      this.#state = { kind: "leaving", subscription, disconnect };
      hub.leave(subscription, () => this.#sendClose(disconnect));
    } else if (waiting === "drop" && (state.kind === "open" || state.kind === "leaving")) {
      hub.unsubscribe(state.subscription);
      this.#sendClose(state.kind === "leaving" ? state.disconnect : disconnect);
    }
  }

  #sendClose(disconnect: Disconnect): void {
    this.#state = { kind: "closing", isHeard: !UNHEARD.includes(disconnect) };
    this.#options.owner.disconnecting(disconnect);
    this.#transport.close(disconnect, () => this.#givenUp());
  }

  /** A framing error or a reset: `close` follows, unless the upgrade itself has failed. */
  #failed(event: Event): void {
    event.preventDefault();
    if (this.#state.kind === "connecting") this.#ended("terminated");
  }

  /** The runtime may tell of an end twice. */
  #ended(outcome: CloseOutcome): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#transport.closed();
    this.#gone(outcome);
    this.#options.place.release();
    this.#options.owner.released();
  }

  #givenUp(): void {
    this.#options.owner.givenUp();
    this.#gone("terminated");
  }

  #gone(outcome: CloseOutcome): void {
    const state = this.#state;
    if (state.kind === "gone") return;
    this.#state = { kind: "gone" };
    this.#expiry?.cancel();
    if (state.kind === "open" || state.kind === "leaving") {
      this.#options.hub.unsubscribe(state.subscription);
    }
    this.#options.owner.left(this, outcome);
  }
}
