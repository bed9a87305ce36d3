/** The nouns of the data: what is published, where it stands, where it goes. */

/**
 * What a publisher sent, and of which kind it is: JSON keeps its text as it came, so that no
 * number or key order changes on the way.
 */
export type Payload =
  | { readonly kind: "json"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary"; readonly bytes: Uint8Array<ArrayBuffer> };

/** A place in a channel's log. Offsets count from 1 within an epoch; 0 is before the first. */
export interface Position {
  /** Names one life of the log: when it changes, offsets of before mean nothing. */
  readonly epoch: string;
  readonly offset: number;
}

/** Who published or is present, as other clients see it. */
export interface ClientInfo {
  /** Empty for anonymous clients. */
  readonly user: string;
  /** Identifies one connection. */
  readonly client: string;
  /** What the connection's token says of it, as JSON text. */
  readonly connInfo?: string;
  /** What the subscription's token says of it, as JSON text. */
  readonly chanInfo?: string;
}

/** One entry of a channel's log. */
export interface Publication {
  /** 0 for one that was published past the log. */
  readonly offset: number;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  readonly payload: Payload;
  /** Who published it, if it was a client that others may know. */
  readonly info?: ClientInfo;
  /** What the publisher said about it, for its readers. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Bytes a payload counts for against queues and limits. Text counts UTF-16 units: an estimate. */
export function payloadSize(payload: Payload): number {
  return payload.kind === "binary" ? payload.bytes.byteLength : payload.text.length;
}

const CHANNEL = /^[\x21-\x7e]{1,255}$/;

/**
 * Whether `name` can be a channel: 1 to 255 printable ASCII characters without spaces; `.` and
 * `..` are not names, because they mean something else in a path.
 */
export function isChannelName(name: string): boolean {
  return CHANNEL.test(name) && name !== "." && name !== "..";
}
