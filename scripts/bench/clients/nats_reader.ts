import { concatBytes } from "../../../tests/helpers/frames.ts";
import type { ScannedFrame } from "./frame_scanner.ts";
import { digitsAt } from "./pushes.ts";

const NUMBER_DIGITS = 10;
const NEWLINE = 10;
const CRLF_BYTES = 2;
const NO_BYTES = new Uint8Array(0);
const [LETTER_M, LETTER_P, LETTER_I] = [77, 80, 73];

/**
 * Reads the protocol of NATS: lines, and behind `MSG subject sid size` a payload of that size. A
 * message may begin in one frame and end in the next.
 */
export class NatsReader {
  #rest: Uint8Array = NO_BYTES;

  /** Tells the number at the start of each payload, and of each ping. */
  readonly take = (
    { bytes, start, end }: ScannedFrame,
    onNumber: (number: number) => void,
    onPing: () => void,
  ): void => {
    const part = bytes.subarray(start, end);
    const all = this.#rest.length === 0 ? part : concatBytes([this.#rest, part]);
    let at = 0;
    for (let next = this.#next(all, at); next !== undefined; next = this.#next(all, at)) {
      if (next.payload !== undefined) onNumber(digitsAt(all, next.payload, NUMBER_DIGITS));
      else if (all[at] === LETTER_P && all[at + 1] === LETTER_I) onPing();
      at = next.end;
    }
    this.#rest = at === all.length ? NO_BYTES : all.slice(at);
  };

  /** Where the operation at `at` ends, if all of it is there, and where its payload begins. */
  #next(all: Uint8Array, at: number): { end: number; payload?: number } | undefined {
    const newline = all.indexOf(NEWLINE, at);
    if (newline < 0) return undefined;
    if (all[at] !== LETTER_M) return { end: newline + 1 };
    const end = newline + 1 + sizeBefore(all, newline - 1) + CRLF_BYTES;
    return end > all.length ? undefined : { end, payload: newline + 1 };
  }
}

/** The number whose last digit is before `end`. */
function sizeBefore(bytes: Uint8Array, end: number): number {
  let [size, scale] = [0, 1];
  for (let at = end - 1; isDigit(bytes[at]); at--) {
    size += ((bytes[at] ?? 0) - 48) * scale;
    scale *= 10;
  }
  return size;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}
