import { setImmediate } from "node:timers";
import type {
  CloseOutcome,
  Drainable,
  DrainableConnection,
  DrainObserver,
  Flight,
} from "../../lifecycle/mod.ts";
import { ClosingHandshakes } from "../../lifecycle/mod.ts";
import type { ChannelOptions } from "../config/mod.ts";
import type { Disconnect } from "../errors.ts";
import type { Hub, ReplayStart } from "../hub/mod.ts";
import type { MessageBounds, Place } from "../limits/mod.ts";
import { Allowances } from "../limits/mod.ts";
import { Counts } from "../metrics/mod.ts";
import { ConnectionTable } from "./connection_table.ts";
import { PlainSession } from "./plain_session.ts";
import type { ConnectingSession, CountedSession, SessionOwner } from "./session_owner.ts";
import { StreamSession } from "./stream_session.ts";
import type { TimerWheel } from "./timer_wheel.ts";
import { WebSocketTransport } from "./websocket_transport.ts";

/** Options of {@linkcode SessionRegistry}. */
export interface SessionRegistryOptions {
  readonly hub: Hub;
  /** Milliseconds to wait for one peer's Close. */
  readonly closeTimeoutMs: number;
  readonly wheel: TimerWheel;
  /** Bytes that may wait for one client before it is too slow, as of now. @default 1048576 */
  readonly maxQueuedBytes?: () => number;
  /** What one client may send, as of now. @default no limit */
  readonly messageBounds?: () => MessageBounds;
  /** Where what happens is counted. @default its own */
  readonly counts?: Counts;
  /** Told how many peers did not answer our Close in time, at most once per turn of the event loop. */
  readonly onGivenUp?: (count: number) => void;
}

/** Numbers since the start. */
export interface SessionCounts {
  /** Data frames from clients. */
  readonly received: number;
  /** Those among them that arrived after our Close was sent. */
  readonly receivedWhileClosing: number;
}

/** What a new WebSocket wants, and may. */
export interface SocketRequest {
  readonly channel: string;
  readonly options: ChannelOptions;
  /** Empty for an anonymous client. */
  readonly user: string;
  readonly mayPublish: boolean;
  /** Whether it may publish data of any format. */
  readonly isInsecure: boolean;
  /** Unix seconds after which it has to go; undefined for never. */
  readonly expiresAt: number | undefined;
  /** Bytes of the largest frame that it may send. */
  readonly maxMessageBytes: number;
  /** Whether it is sent what it publishes itself. */
  readonly hasEcho: boolean;
  /** Publications of before that it is sent first. */
  readonly history: number;
  /** Given back when its connection is gone. */
  readonly place: Place;
}

/** What a new stream wants. */
export interface StreamRequest {
  readonly channel: string;
  readonly user: string;
  readonly start: ReplayStart;
  /** Unix seconds after which it has to go; undefined for never. */
  readonly expiresAt: number | undefined;
  /** Completed when the whole answer is out, or the reader has gone. */
  readonly flight: Flight;
  /** Given back when its connection is gone. */
  readonly place: Place;
}

interface Connecting {
  readonly session: ConnectingSession;
  readonly endsAt: number;
}

/** Between an upgrade and its open lies one answer: who needs longer has gone. */
const CONNECT_MS = 10_000;

/** How often a stream is shown to be alive: below the 30 s and more after which proxies give up. */
const HEARTBEAT_MS = 15_000;

/** Every session there is: takes them in, counts them, closes them. */
export class SessionRegistry implements SessionOwner, Drainable {
  readonly #options:
    & SessionRegistryOptions
    & Required<Pick<SessionRegistryOptions, "maxQueuedBytes" | "counts">>;
  readonly #allowances: Allowances;
  readonly #handshakes: ClosingHandshakes;
  readonly connections = new ConnectionTable();
  readonly #streams = new Set<StreamSession>();
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  /** When each one that is not open yet is given up; in that order. */
  readonly #connecting = new Map<DrainableConnection, Connecting>();
  #expiry: ReturnType<typeof setInterval> | undefined;
  #observer: DrainObserver | undefined;
  #descriptors = 0;
  #givenUp = 0;
  #received = 0;
  #receivedWhileClosing = 0;

  constructor(options: SessionRegistryOptions) {
    this.#options = { maxQueuedBytes: () => 1_048_576, counts: new Counts(), ...options };
    this.#handshakes = new ClosingHandshakes(options.closeTimeoutMs);
    this.#allowances = new Allowances(options.messageBounds);
  }

  /** Sessions that are connecting, open or closing. */
  get size(): number {
    return this.connections.size;
  }

  /**
   * Sockets that hold a descriptor: connecting, open, closing, and given up but still held by the
   * runtime. This is what a limit on connections has to count.
   */
  get descriptors(): number {
    return this.#descriptors;
  }

  /** All of them. */
  [Symbol.iterator](): Iterator<CountedSession> {
    return this.connections[Symbol.iterator]();
  }

  /** Bytes that wait for peers to take them; asks every session. */
  get queuedBytes(): number {
    return [...this].reduce((bytes, session) => bytes + session.queuedBytes, 0);
  }

  /** What all sessions of a kind have done. */
  get traffic(): Counts["traffic"] {
    return this.#options.counts.traffic;
  }

  get counts(): SessionCounts {
    return { received: this.#received, receivedWhileClosing: this.#receivedWhileClosing };
  }

  /** Takes in a socket fresh from the upgrade. */
  add(socket: WebSocket, request: SocketRequest): void {
    const { hub, maxQueuedBytes, wheel } = this.#options;
    const transport = new WebSocketTransport(socket, this.#handshakes, maxQueuedBytes());
    const { websocket: traffic } = this.traffic;
    const options = { ...request, hub, wheel, traffic, owner: this };
    this.admit(new PlainSession(socket, transport, options), { isConnecting: true });
  }

  /** Takes in a session that was made elsewhere. */
  admit(session: ConnectingSession, { isConnecting }: { readonly isConnecting: boolean }): void {
    this.#join(session);
    if (!isConnecting) return;
    this.#connecting.set(session, { session, endsAt: performance.now() + CONNECT_MS });
    this.#expiry ??= setInterval(() => this.#expire(), CONNECT_MS / 2);
  }

  /** Opens a stream of events; gives what its reader reads. */
  openStream(request: StreamRequest): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { hub, maxQueuedBytes, closeTimeoutMs, wheel } = this.#options;
    const limits = { maxQueuedBytes: maxQueuedBytes(), closeTimeoutMs };
    const { sse: traffic } = this.traffic;
    const stream = new StreamSession({ ...request, ...limits, hub, wheel, traffic, owner: this });
    this.#streams.add(stream);
    this.#join(stream);
    this.#heartbeat ??= setInterval(() => {
      for (const each of this.#streams) each.heartbeat();
    }, HEARTBEAT_MS);
    return stream.body;
  }

  opened(session: DrainableConnection): void {
    this.#connecting.delete(session);
    if (this.#connecting.size > 0) return;
    clearInterval(this.#expiry);
    this.#expiry = undefined;
  }

  beginDrain(observer: DrainObserver): DrainableConnection[] {
    this.#observer = observer;
    return [...this.connections];
  }

  received(isClosing: boolean): void {
    this.#received += 1;
    if (isClosing) this.#receivedWhileClosing += 1;
  }

  earlyMs(session: CountedSession, bytes: number): number {
    return this.#allowances.earlyMs(session, bytes);
  }

  givenUp(): void {
    this.#givenUp += 1;
    if (this.#givenUp === 1) setImmediate(() => this.#reportGivenUp());
  }

  disconnecting(disconnect: Disconnect): void {
    this.#options.counts.disconnecting(disconnect);
  }

  left(session: CountedSession, outcome: CloseOutcome): void {
    if (!this.connections.delete(session)) return;
    this.#allowances.forget(session);
    this.#options.counts.closed(session.traffic, outcome);
    if (session instanceof StreamSession) this.#forgetStream(session);
    else this.opened(session);
    this.#observer?.left(session, outcome);
  }

  released(): void {
    this.#descriptors -= 1;
  }

  #join(session: CountedSession): void {
    this.#options.counts.opened(session.traffic);
    this.#descriptors += 1;
    this.connections.add(session);
    this.#observer?.joined(session);
  }

  #expire(): void {
    const now = performance.now();
    for (const { session, endsAt } of this.#connecting.values()) {
      if (endsAt > now) return;
      session.expire();
    }
  }

  #forgetStream(stream: StreamSession): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  #reportGivenUp(): void {
    const count = this.#givenUp;
    this.#givenUp = 0;
    this.#options.onGivenUp?.(count);
  }
}
