import type { CloseOutcome, Urgency } from "../../lifecycle/mod.ts";
import type { Disconnect } from "../errors.ts";
import type { Place } from "../limits/mod.ts";
import type { Traffic } from "../metrics/mod.ts";
import type { CentrifugeCodec, CentrifugeFrame, Command, DecodedFrame } from "../protocol/mod.ts";
import { CLIENT_DISCONNECTS } from "../protocol/mod.ts";
import { Client } from "./client.ts";
import type { ClientEnvironment, ClientLink } from "./client_environment.ts";
import { answerCommand } from "./answer_command.ts";
import { CommandQueue } from "./command_queue.ts";
import { isLargerThan } from "./message_size.ts";
import type { Flushers } from "./flusher.ts";
import { Outbox } from "./outbox.ts";
import type { ConnectingSession, ExpelCause, SessionOwner } from "./session_owner.ts";
import type { ClientTransport } from "./websocket_transport.ts";

/** What a session of the Centrifuge protocol is made of. */
export interface ClientSessionOptions {
  readonly transport: ClientTransport;
  readonly codec: CentrifugeCodec;
  readonly environment: ClientEnvironment;
  readonly traffic: Traffic;
  readonly owner: SessionOwner;
  readonly flushers: Flushers;
  /** See {@linkcode ClientLink}. */
  readonly stream?: string;
  readonly hasPings?: boolean;
  readonly trustedUser?: string;
  /** Given back when its connection is gone. */
  readonly place: Place;
}

/** Where a connection is in its life. */
type SessionState =
  /** Not open yet; `isUnwanted` if it is to be closed as soon as it is. */
  | { readonly kind: "connecting"; readonly isUnwanted: boolean }
  | { readonly kind: "open" }
  /** It is sent what was published so far, then our Close. */
  | { readonly kind: "leaving"; readonly disconnect: Disconnect }
  /** Our Close is sent; what the peer had sent before it saw it is still processed. */
  | { readonly kind: "closing" }
  /** The peer has gone; what it had sent is still processed. */
  | { readonly kind: "ending"; readonly outcome: CloseOutcome }
  | { readonly kind: "gone" };

/** One connection that speaks the Centrifuge protocol, over a WebSocket or a stream. */
export class ClientSession implements ConnectingSession, ClientLink {
  readonly client: Client;
  readonly codec: CentrifugeCodec;
  readonly stream: string | undefined;
  readonly hasPings: boolean;
  readonly trustedUser: string;
  readonly #options: ClientSessionOptions;
  readonly #outbox: Outbox;
  readonly #queue: CommandQueue;
  #state: SessionState = { kind: "connecting", isUnwanted: false };
  #isReleased = false;
  /** Whether our Close was that of a stop. */
  #isStopping = false;

  constructor(options: ClientSessionOptions) {
    const { transport, codec, stream, hasPings = true, trustedUser = "" } = options;
    this.#options = options;
    this.codec = codec;
    this.stream = stream;
    this.hasPings = hasPings;
    this.trustedUser = trustedUser;
    this.#outbox = new Outbox({
      ...{ codec, flushers: options.flushers },
      transmit: (frame) => {
        // What was kept back may come too late.
        if (!this.isOpen) return;
        options.traffic.sent(frame.length);
        if (!transport.send(frame)) this.disconnect(CLIENT_DISCONNECTS.slow);
      },
      maxKeptBytes: options.environment.settings().client.queueMaxSize,
      onFull: () => this.disconnect(CLIENT_DISCONNECTS.slow),
    });
    this.#queue = new CommandQueue({
      run: (command) => answerCommand(this.client, command, () => this.#queue.drop()),
      onFull: () => this.disconnect(CLIENT_DISCONNECTS.tooManyRequests),
    });
    this.client = new Client(this, options.environment);
  }

  get traffic(): Traffic {
    return this.#options.traffic;
  }

  get queuedBytes(): number {
    return this.#options.transport.queuedBytes + this.#outbox.bytes + this.#queue.bytes;
  }

  get isOpen(): boolean {
    return this.#state.kind === "open" || this.#state.kind === "leaving";
  }

  /** Whether the peer has gone. */
  get isGone(): boolean {
    return this.#state.kind === "gone" || this.#state.kind === "ending";
  }

  /**
   * Whether commands are still taken. A stream has no Close of the peer that would end what it had
   * sent before it knew of ours: at a stop it is heard until the server itself has gone.
   */
  get isHeard(): boolean {
    return !this.isGone || (this.stream !== undefined && this.#isStopping);
  }

  send(frame: CentrifugeFrame): void {
    if (this.isOpen) this.#outbox.send(frame);
  }

  deliver(frame: CentrifugeFrame, publications: number): void {
    if (!this.isOpen) return;
    this.traffic.deliveries += publications;
    this.#outbox.send(frame);
  }

  cork(): void {
    this.#outbox.cork();
  }

  uncork(first?: CentrifugeFrame): void {
    this.#outbox.uncork(first);
  }

  drained(): Promise<boolean> {
    return this.isOpen ? this.#options.transport.drained() : Promise.resolve(true);
  }

  expel(cause: ExpelCause): boolean {
    if (!this.isOpen) return false;
    if (cause === "tooSlow") this.disconnect(CLIENT_DISCONNECTS.slow);
    else this.client.expel(CLIENT_DISCONNECTS.forceDisconnect);
    return true;
  }

  disconnect(disconnect: Disconnect): void {
    this.#leave(disconnect, "hurry");
  }

  close(urgency: Urgency): void {
    // The runtime loses a close before the open without a word: it is made up for in the open.
    if (this.#state.kind === "connecting") this.#state = { kind: "connecting", isUnwanted: true };
    this.#leave(CLIENT_DISCONNECTS.shutdown, urgency);
  }

  /** The connection is open. */
  opened(): void {
    if (this.#state.kind !== "connecting") return;
    this.#options.owner.opened(this);
    if (this.#state.isUnwanted) return this.#sendClose(CLIENT_DISCONNECTS.shutdown);
    this.#state = { kind: "open" };
    this.client.begin();
  }

  /** A frame came in, or what stands for one. */
  received(data: string | Uint8Array<ArrayBuffer>): void {
    if (!this.isHeard) return;
    const { owner, environment, traffic } = this.#options;
    traffic.received(data.length);
    owner.received(this.#state.kind === "closing" || this.isGone);
    // Nothing that it says counts: it is not even read.
    if (this.client.state === "refused") return this.disconnect(CLIENT_DISCONNECTS.badRequest);
    const { messageSizeLimit } = environment.settings().client;
    if (isLargerThan(data, messageSizeLimit)) this.#queue.add("too large", 0);
    else this.#take(this.codec.decode(data), data.length);
  }

  /** It broke, or was never opened: before the open the runtime tells of no end. */
  expire(): void {
    if (this.#state.kind === "connecting") this.ended("terminated");
  }

  /** The connection has ended; the runtime may tell of it twice. */
  ended(outcome: CloseOutcome): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#options.transport.closed();
    this.#options.place.release();
    this.#options.owner.released();
    const { kind } = this.#state;
    if (kind === "gone") return;
    this.#state = { kind: "ending", outcome };
    this.client.end({ isQuiet: kind === "leaving" });
    this.#queue.whenIdle(() => this.#gone(outcome));
  }

  giveUp(): void {
    const { kind } = this.#state;
    if (kind === "closing") this.#options.transport.giveUp();
    else if (kind === "ending") this.#gone(this.#state.outcome);
    else if (kind !== "gone") this.#givenUp();
  }

  #take({ kind, commands }: DecodedFrame, bytes: number): void {
    const { frameCommandLimit } = this.#options.environment.settings().client;
    if (commands.length > 1) this.#outbox.gather();
    for (const [index, command] of commands.entries()) {
      if (index === frameCommandLimit) return this.#queue.add("too many", 0);
      this.#add(command, bytes / commands.length);
    }
    if (kind === "malformed") this.#queue.add("malformed", 0);
  }

  /** Who is asked to go has sent what it has sent. What has no id is a pong, or an end. */
  #add(command: Command, bytes: number): void {
    const isCounted = this.#state.kind === "open" && command.id !== 0;
    const earlyMs = isCounted ? this.#options.owner.earlyMs(this, bytes) : 0;
    this.#queue.add(earlyMs > 0 ? { excess: command, earlyMs } : command, bytes);
  }

  /** The first cause counts: who is leaving and proves too slow is told why it had to leave. */
  #leave(disconnect: Disconnect, urgency: Urgency): void {
    const state = this.#state;
    if (state.kind === "open" && urgency === "flush") {
      this.#state = { kind: "leaving", disconnect };
      this.client.leave(() => {
        if (this.#state.kind === "leaving") this.#sendClose(disconnect);
      });
    } else if (urgency === "hurry" && this.isOpen) {
      this.#sendClose(state.kind === "leaving" ? state.disconnect : disconnect);
    }
  }

  #sendClose(disconnect: Disconnect): void {
    this.#outbox.flush();
    // What is flushed may itself have proved too much.
    if (this.#state.kind === "closing" || this.isGone) return;
    this.#state = { kind: "closing" };
    this.#isStopping = disconnect === CLIENT_DISCONNECTS.shutdown;
    this.client.end({ isQuiet: this.#isStopping });
    this.#options.owner.disconnecting(disconnect);
    this.#options.transport.close(disconnect, () => this.#givenUp());
  }

  #givenUp(): void {
    this.#options.owner.givenUp();
    this.#gone("terminated");
  }

  #gone(outcome: CloseOutcome): void {
    if (this.#state.kind === "gone") return;
    this.#state = { kind: "gone" };
    this.client.end({ isQuiet: true });
    this.#options.owner.left(this, outcome);
  }
}
