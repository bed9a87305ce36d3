import type { Position } from "../publication.ts";
import type { RedisEntry } from "./redis_record.ts";
import { decodeRecord } from "./redis_record.ts";

/** What nodes tell each other in a channel's topic. */
export type RedisMessage =
  /** Publications that were stored, each behind the other. */
  | { readonly kind: "stored"; readonly epoch: string; readonly entries: readonly RedisEntry[] }
  /** Publications that go past the log. */
  | { readonly kind: "passed"; readonly entries: readonly RedisEntry[] }
  /** Data was lost: the channel begins anew. */
  | { readonly kind: "reset"; readonly epoch: string };

const decoder = new TextDecoder();

/** Characters of an epoch. */
const EPOCH_LENGTH = 8;

/** The message about publications that go past the log: `T`, then each with its length before it. */
export function encodePassed(records: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(records.reduce((sum, { length }) => sum + 4 + length, 1));
  const view = new DataView(message.buffer);
  message[0] = "T".charCodeAt(0);
  let at = 1;
  for (const record of records) {
    view.setUint32(at, record.length);
    message.set(record, at + 4);
    at += 4 + record.length;
  }
  return message;
}

/** Reads a message; undefined for one of a kind that this version does not know. */
export function decodeMessage(message: Uint8Array<ArrayBuffer>): RedisMessage | undefined {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const epoch = () => decoder.decode(message.subarray(1, 1 + EPOCH_LENGTH));
  switch (String.fromCharCode(view.getUint8(0))) {
    case "L": {
      const first = view.getFloat64(1 + EPOCH_LENGTH);
      const entries = entriesIn(message, view, { at: 9 + EPOCH_LENGTH, first });
      return { kind: "stored", epoch: epoch(), entries };
    }
    case "T":
      return { kind: "passed", entries: entriesIn(message, view, { at: 1, first: undefined }) };
    case "R":
      return { kind: "reset", epoch: epoch() };
    default:
      return undefined;
  }
}

/** Where the log stood when a message was sent; undefined for one that goes past the log. */
export function positionOf(message: RedisMessage): Position | undefined {
  switch (message.kind) {
    case "stored":
      return { epoch: message.epoch, offset: message.entries.at(-1)?.publication.offset ?? 0 };
    case "reset":
      return { epoch: message.epoch, offset: 0 };
    case "passed":
      return undefined;
  }
}

/** @param first The first one's offset; undefined for those that have none. */
function entriesIn(
  message: Uint8Array<ArrayBuffer>,
  view: DataView,
  { at, first }: { at: number; first: number | undefined },
): readonly RedisEntry[] {
  const entries: RedisEntry[] = [];
  for (let next = at; next < message.length;) {
    const size = view.getUint32(next);
    const offset = first === undefined ? 0 : first + entries.length;
    entries.push(decodeRecord(message.subarray(next + 4, next + 4 + size), offset));
    next += 4 + size;
  }
  return entries;
}
