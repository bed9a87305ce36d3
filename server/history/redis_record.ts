import type { Payload, Publication } from "../publication.ts";
import type { Draft, Mark } from "./history_log.ts";
import { contentSize } from "./page.ts";

/** A publication as Redis holds it, and what goes along with it to those who hear it live. */
export interface RedisEntry {
  readonly publication: Publication;
  readonly mark: Mark;
  /** The node that it came in at, if the publisher may be subscribed there itself. */
  readonly node: string | undefined;
}

/** How many characters name a node in a record. */
export const NODE_LENGTH = 8;

const KINDS = ["json", "text", "binary"] as const;
const HAS_DELTA = 4;
const HAS_PUBLISHER = 8;
const HAS_ABOUT = 16;
const HEAD = 13;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A draft as bytes: flags, time, what it counts for on a page, who published and at which node, what is
 * said about it, payload. Redis reads time and count.
 */
export function encodeRecord(draft: Draft, node: string): Uint8Array<ArrayBuffer> {
  const { payload, time, info, tags, mark = {} } = draft;
  const body = payload.kind === "binary" ? payload.bytes : encoder.encode(payload.text);
  const hasAbout = info !== undefined || tags !== undefined;
  const about = hasAbout ? encoder.encode(JSON.stringify({ info, tags })) : undefined;
  const hasPublisher = mark.publisher !== undefined;
  const aboutSize = about === undefined ? 0 : 4 + about.length;
  const record = new Uint8Array(HEAD + (hasPublisher ? 12 : 0) + aboutSize + body.length);
  const view = new DataView(record.buffer);
  view.setUint8(
    0,
    KINDS.indexOf(payload.kind) | (mark.hasDelta === true ? HAS_DELTA : 0) |
      (hasPublisher ? HAS_PUBLISHER : 0) | (hasAbout ? HAS_ABOUT : 0),
  );
  view.setFloat64(1, time);
  view.setUint32(9, contentSize(draft));
  let at = HEAD;
  if (hasPublisher) {
    encoder.encodeInto(node, record.subarray(at, at + NODE_LENGTH));
    view.setUint32(at + NODE_LENGTH, mark.publisher ?? 0);
    at += 12;
  }
  if (about !== undefined) {
    view.setUint32(at, about.length);
    record.set(about, at + 4);
    at += aboutSize;
  }
  record.set(body, at);
  return record;
}

/** What such bytes hold. @throws {RangeError} if they are cut off. */
export function decodeRecord(record: Uint8Array<ArrayBuffer>, offset: number): RedisEntry {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const flags = view.getUint8(0);
  const time = view.getFloat64(1);
  const hasPublisher = (flags & HAS_PUBLISHER) !== 0;
  let at = HEAD;
  const node = hasPublisher ? decoder.decode(record.subarray(at, at + NODE_LENGTH)) : undefined;
  const publisher = hasPublisher ? view.getUint32(at + NODE_LENGTH) : undefined;
  if (hasPublisher) at += 12;
  let about: Pick<Publication, "info" | "tags"> = {};
  if ((flags & HAS_ABOUT) !== 0) {
    const size = view.getUint32(at);
    about = JSON.parse(decoder.decode(record.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  const payload = payloadOf(KINDS[flags & 3] ?? "binary", record.subarray(at));
  return {
    publication: { offset, time, payload, ...about },
    mark: {
      ...(publisher !== undefined && { publisher }),
      ...((flags & HAS_DELTA) !== 0 && { hasDelta: true }),
    },
    node,
  };
}

/** Binary payloads are copied: what they are cut from is the package's buffer. */
function payloadOf(kind: Payload["kind"], bytes: Uint8Array<ArrayBuffer>): Payload {
  return kind === "binary"
    ? { kind, bytes: new Uint8Array(bytes) }
    : { kind, text: decoder.decode(bytes) };
}
