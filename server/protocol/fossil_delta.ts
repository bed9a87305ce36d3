import { copiesOf } from "./fossil_copies.ts";

/** Base 64 as Fossil writes numbers, the highest digit first. */
const DIGITS = new TextEncoder().encode(
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~",
);

/** A number has at most 32 bits, 6 in a digit. */
const MAX_DIGITS = 6;

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const AT = 0x40;

/**
 * The delta that makes `target` out of `source`, in the format of Fossil:
 * https://fossil-scm.org/home/doc/trunk/www/delta_format.wiki
 *
 * Both hold any bytes or none, up to 2 GiB. The delta of a target below 256 KiB is at most 15 bytes
 * longer than the target. Where the target is UTF-8 the delta is UTF-8 as well: in the JSON
 * protocol of Centrifugo it travels as a string, and half a character would arrive as U+FFFD.
 *
 * ```ts
 * const bytes = (text: string) => new TextEncoder().encode(text);
 * fossilDelta(bytes("A sentence with 1 word."), bytes("A sentence with 2 words."));
 * // "O\nG@0,8:2 words.Wxpl7;" as bytes
 * ```
 */
export function fossilDelta(source: Uint8Array, target: Uint8Array): Uint8Array<ArrayBuffer> {
  const copies = copiesOf(source, target);
  const copiedBytes = copies.reduce((sum, { length }) => sum + length, 0);
  const writer = new DeltaWriter(target, { copies: copies.length, copiedBytes });
  writer.number(target.length, NEWLINE);
  let done = 0;
  for (const { from, to, length } of copies) {
    writer.insert(done, to);
    writer.number(length, AT);
    writer.number(from, COMMA);
    done = to + length;
  }
  writer.insert(done, target.length);
  writer.number(checksum(target), SEMICOLON);
  return writer.written();
}

class DeltaWriter {
  readonly #target: Uint8Array;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(target: Uint8Array, expected: { copies: number; copiedBytes: number }) {
    // Two numbers for each copy and one for the insert before it; at the end three more.
    const numbers = 3 * (expected.copies + 1);
    this.#target = target;
    this.#bytes = new Uint8Array(
      numbers * (MAX_DIGITS + 1) + target.length - expected.copiedBytes,
    );
  }

  /** Writes a whole number below 2 ** 32 and the ASCII character that says what it was. */
  number(value: number, end: number): void {
    let shift = 0;
    while (shift < 30 && value >>> (shift + 6) > 0) shift += 6;
    for (; shift >= 0; shift -= 6) this.#byte(DIGITS[(value >>> shift) & 63]);
    this.#byte(end);
  }

  /** Writes the target's own bytes from `start` up to `end`, unless there are none. */
  insert(start: number, end: number): void {
    if (start === end) return;
    this.number(end - start, COLON);
    this.#bytes.set(this.#target.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #byte(value = 0): void {
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }
}

/** The sum of the bytes as big-endian words of 32 bits, the last one filled up with zeroes. */
function checksum(bytes: Uint8Array): number {
  const whole = bytes.length & ~3;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum = 0;
  for (let at = 0; at < whole; at += 4) sum = (sum + view.getUint32(at)) | 0;
  for (let at = whole; at < bytes.length; at += 1) {
    sum = (sum + (view.getUint8(at) << (24 - 8 * (at - whole)))) | 0;
  }
  return sum >>> 0;
}
