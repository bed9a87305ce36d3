import type { ScannedFrame } from "./frame_scanner.ts";

/** Told of each push: its offset, and where its line begins in the bytes of the frame. */
export type OnPush = (offset: number, lineStart: number) => void;

const NEWLINE = 10;
const COLON = 58;
const CLOSING_BRACE = 125;

/** A push ends with its offset: `"offset":12}}}`. */
const CLOSING_BRACES = 3;

/** A ping is `{}`, and so is the answer to it. */
const PING_BYTES = 2;

/**
 * Finds the pushes in a frame of the Centrifuge protocol (JSON, a message a line) without parsing
 * them: a message that does not end with an offset is a reply, or a ping to be answered.
 */
export function takePushes(
  { bytes, start, end }: ScannedFrame,
  onPush: OnPush,
  onPing: () => void = () => {},
): void {
  for (let from = start; from < end;) {
    const found = bytes.indexOf(NEWLINE, from);
    const lineEnd = found === -1 || found > end ? end : found;
    const offset = offsetBefore(bytes, lineEnd);
    if (offset !== undefined) onPush(offset, from);
    else if (lineEnd - from === PING_BYTES) onPing();
    from = lineEnd + 1;
  }
}

function offsetBefore(bytes: Uint8Array, lineEnd: number): number | undefined {
  if (bytes[lineEnd - CLOSING_BRACES] !== CLOSING_BRACE) return undefined;
  let [offset, scale] = [0, 1];
  let at = lineEnd - CLOSING_BRACES - 1;
  for (let digit = digitAt(bytes, at); digit >= 0 && digit <= 9; digit = digitAt(bytes, at)) {
    offset += digit * scale;
    scale *= 10;
    at -= 1;
  }
  return scale > 1 && bytes[at] === COLON ? offset : undefined;
}

/** The number in `count` decimal digits. */
export function digitsAt(bytes: Uint8Array, start: number, count: number): number {
  let number = 0;
  for (let at = start; at < start + count; at++) number = number * 10 + digitAt(bytes, at);
  return number;
}

function digitAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) - 48;
}
