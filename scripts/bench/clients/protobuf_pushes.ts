import { concatBytes } from "../../../tests/helpers/frames.ts";
import type { ScannedFrame } from "./frame_scanner.ts";

/** Numbers of fields in the schema of the Centrifuge protocol. */
const COMMAND = { id: 1, connect: 4, subscribe: 5 } as const;
const SUBSCRIBE_CHANNEL = 1;
const REPLY_PUSH = 4;
const PUSH_PUB = 4;
const PUB_OFFSET = 6;

/** How the value of a field is written (Protobuf wire types). */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Where a value begins and ends; of a varint the value itself. */
interface Field {
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the pushes in a frame of the Centrifuge protocol in Protobuf and tells their offsets, and of
 * an empty message, which is a ping. Fields that are not needed are passed over.
 */
export function takeProtobufPushes(
  { bytes, start, end }: ScannedFrame,
  onOffset: (offset: number) => void,
  onPing: () => void = () => {},
): void {
  for (let at = start; at < end;) {
    const size = varintAt(bytes, at);
    at = size.end + size.value;
    if (size.value === 0) onPing();
    const push = fieldIn(bytes, { start: size.end, end: at }, REPLY_PUSH);
    const pub = push && fieldIn(bytes, push, PUSH_PUB);
    const offset = pub && fieldIn(bytes, pub, PUB_OFFSET);
    if (offset !== undefined) onOffset(offset.value);
  }
}

/** Connect with the id 1 and subscribe with the id 2, each behind its length. */
export function protobufSubscription(channel: string): Uint8Array<ArrayBuffer> {
  const name = field(SUBSCRIBE_CHANNEL, new TextEncoder().encode(channel));
  const command = (id: number, method: Uint8Array) => {
    const body = concatBytes([new Uint8Array([COMMAND.id << 3 | VARINT, id]), method]);
    return concatBytes([new Uint8Array([body.length]), body]);
  };
  return concatBytes([
    command(1, field(COMMAND.connect, new Uint8Array())),
    command(2, field(COMMAND.subscribe, name)),
  ]);
}

/** A field with fewer than 128 bytes. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  return concatBytes([new Uint8Array([number << 3 | LENGTH_DELIMITED, bytes.length]), bytes]);
}

function fieldIn(
  bytes: Uint8Array,
  { start, end }: Pick<Field, "start" | "end">,
  wanted: number,
): Field | undefined {
  for (let at = start; at < end;) {
    const tag = varintAt(bytes, at);
    const first = varintAt(bytes, tag.end);
    const isLong = (tag.value & 7) === LENGTH_DELIMITED;
    const field = isLong ? { ...first, start: first.end, end: first.end + first.value } : first;
    if (tag.value >>> 3 === wanted) return field;
    at = field.end;
  }
  return undefined;
}

function varintAt(bytes: Uint8Array, start: number): Field {
  let [value, scale, at] = [0, 1, start];
  for (; (bytes[at] ?? 0) >= 0x80; at++) {
    value += ((bytes[at] ?? 0) & 0x7f) * scale;
    scale *= 128;
  }
  return { value: value + (bytes[at] ?? 0) * scale, start, end: at + 1 };
}
