import { setImmediate } from "node:timers";
import type { Flight } from "../../lifecycle/mod.ts";
import { closeOutcome, ClosingHandshakes } from "../../lifecycle/mod.ts";
import type { Place } from "../limits/mod.ts";
import type { Traffic } from "../metrics/mod.ts";
import type { CentrifugeCodec } from "../protocol/mod.ts";
import { CENTRIFUGE_JSON, loadProtobufCodec } from "../protocol/mod.ts";
import type { ClientEnvironment } from "./client_environment.ts";
import type { ClientSessionOptions } from "./client_session.ts";
import { ClientSession } from "./client_session.ts";
import { Flusher } from "./flusher.ts";
import type { SessionRegistry } from "./session_registry.ts";
import {
  EVENT_STREAM_HEAD,
  StreamTransport,
  wrapForEventStream,
  wrapForHttpStream,
} from "./stream_transport.ts";
import { WebSocketTransport } from "./websocket_transport.ts";

/** What is known of a client before its first command. */
export interface ClientRequest {
  readonly codec: CentrifugeCodec;
  /** The user as a trusted proxy names it; empty if it names none. */
  readonly trustedUser: string;
  /** Whether the server pings with messages of the protocol; else the platform pings. */
  readonly hasPings?: boolean;
  /** Given back when its connection is gone. */
  readonly place: Place;
}

/** What a client that reads a stream sends first. */
export interface ClientStreamRequest extends ClientRequest {
  readonly kind: "http_stream" | "sse";
  readonly commands: string | Uint8Array<ArrayBuffer>;
  /** Completed when the whole answer is out, or the reader has gone. */
  readonly flight: Flight;
}

/** Takes in clients of the Centrifuge protocol, over any transport. */
export class ClientSessions {
  readonly #registry: SessionRegistry;
  readonly #environment: ClientEnvironment;
  readonly #closeTimeoutMs: number;
  readonly #handshakes: ClosingHandshakes;
  readonly #flushers = { soon: new Flusher(queueMicrotask), turnEnd: new Flusher(setImmediate) };
  #protobuf: Promise<CentrifugeCodec> | undefined;
  /** Streams by their secret name. */
  readonly #streams = new Map<string, ClientSession>();

  constructor(
    registry: SessionRegistry,
    environment: ClientEnvironment,
    { closeTimeoutMs }: { readonly closeTimeoutMs: number },
  ) {
    this.#registry = registry;
    this.#environment = environment;
    this.#closeTimeoutMs = closeTimeoutMs;
    this.#handshakes = new ClosingHandshakes(closeTimeoutMs);
  }

  /** The Protobuf codec, loaded for the first client that asks for it. */
  protobuf(): Promise<CentrifugeCodec> {
    this.#protobuf ??= loadProtobufCodec();
    return this.#protobuf;
  }

  /** Takes in a socket fresh from the upgrade. */
  addSocket(socket: WebSocket, request: ClientRequest): void {
    const transport = new WebSocketTransport(socket, this.#handshakes, this.#maxQueuedBytes);
    const { centrifuge_websocket_json: json, centrifuge_websocket_protobuf: protobuf } =
      this.#registry.traffic;
    const traffic = isText(request.codec) ? json : protobuf;
    const session = this.#session({ ...request, transport, traffic });
    socket.onopen = () => session.opened();
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
      session.received(typeof data === "string" ? data : new Uint8Array(data));
    socket.onclose = (event) => session.ended(closeOutcome(event));
    socket.onerror = (event) => {
      event.preventDefault();
      session.expire();
    };
    this.#registry.admit(session, { isConnecting: true });
  }

  /** Opens a stream of answers to commands that come in a request; gives what its reader reads. */
  openStream(request: ClientStreamRequest): ReadableStream<Uint8Array<ArrayBuffer>> {
    const stream = crypto.randomUUID();
    const isEvents = request.kind === "sse";
    const transport = new StreamTransport({
      codec: request.codec,
      wrap: isEvents ? wrapForEventStream : wrapForHttpStream,
      ...(isEvents && { head: EVENT_STREAM_HEAD }),
      maxQueuedBytes: this.#maxQueuedBytes,
      closeTimeoutMs: this.#closeTimeoutMs,
      flight: request.flight,
      onEnded: (outcome) => {
        session.ended(outcome);
        if (!session.isHeard) this.#streams.delete(stream);
      },
    });
    const traffic = this.#trafficOf(request);
    const session = this.#session({ ...request, stream, transport, traffic });
    this.#streams.set(stream, session);
    this.#registry.admit(session, { isConnecting: false });
    session.opened();
    session.received(request.commands);
    return transport.body;
  }

  /** Whether there is a stream of that name, the client of which is still heard. */
  hasStream(stream: string): boolean {
    return this.#streams.get(stream)?.isHeard === true;
  }

  /** Takes what the reader of a stream sends beside it; nothing happens if the stream has gone. */
  emulate(stream: string, data: string | Uint8Array<ArrayBuffer>): void {
    this.#streams.get(stream)?.received(data);
  }

  #session(own: Omit<ClientSessionOptions, "environment" | "owner" | "flushers">): ClientSession {
    const [environment, owner, flushers] = [this.#environment, this.#registry, this.#flushers];
    return new ClientSession({ ...own, environment, owner, flushers });
  }

  #trafficOf({ kind, codec }: ClientStreamRequest): Traffic {
    const { traffic } = this.#registry;
    if (kind === "sse") return traffic.centrifuge_sse_json;
    return isText(codec)
      ? traffic.centrifuge_http_stream_json
      : traffic.centrifuge_http_stream_protobuf;
  }

  get #maxQueuedBytes(): number {
    return this.#environment.settings().client.queueMaxSize;
  }
}

function isText(codec: CentrifugeCodec): boolean {
  return codec === CENTRIFUGE_JSON;
}
