/** Every kind of connection, by its transport and encoding. */
export const CONNECTION_PROTOCOLS = [
  "websocket",
  "sse",
  "centrifuge_websocket_json",
  "centrifuge_websocket_protobuf",
  "centrifuge_http_stream_json",
  "centrifuge_http_stream_protobuf",
  "centrifuge_sse_json",
] as const;
export type ConnectionProtocol = (typeof CONNECTION_PROTOCOLS)[number];

/** What became of the publications that came one way. */
export class PublicationCounts {
  stored = 0;
  repeated = 0;
  conflict = 0;
  stale = 0;
  failed = 0;
}

/**
 * What all connections of one kind have done since the start. They share this object and add to its
 * plain numbers: a fan-out does so for every frame.
 */
export class Traffic {
  readonly protocol: ConnectionProtocol;
  opened = 0;
  closedCleanly = 0;
  terminated = 0;
  readonly publications = new PublicationCounts();
  /** Publications that were sent, each once for each subscriber, live or replayed. */
  deliveries = 0;
  framesReceived = 0;
  /** Text counts UTF-16 units, here and below. */
  bytesReceived = 0;
  framesSent = 0;
  bytesSent = 0;
  /** Clients that came back with a position and went on from it. */
  recovered = 0;
  /** Those of which the position was lost. */
  lost = 0;

  constructor(protocol: ConnectionProtocol) {
    this.protocol = protocol;
  }

  /** Connections that are there now. */
  get connections(): number {
    return this.opened - this.closedCleanly - this.terminated;
  }

  /** A frame went out. */
  sent(bytes: number): void {
    this.framesSent += 1;
    this.bytesSent += bytes;
  }

  /** A frame came in. */
  received(bytes: number): void {
    this.framesReceived += 1;
    this.bytesReceived += bytes;
  }
}
