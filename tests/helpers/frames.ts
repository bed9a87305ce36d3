/**
 * WebSocket frames as bytes (RFC 6455 section 5), small enough to be obviously right and free of
 * every politeness: a test must be able to write what no library lets it write.
 */

/** Opcodes by name (RFC 6455 5.2). */
export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** One frame as it came over the wire. */
export interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** `performance.now()` when the bytes that completed the frame were read. */
  readonly atMs: number;
}

/** What to bend when a frame is written; the defaults give a legal client frame. */
export interface FrameOptions {
  /** @default true */
  readonly isFinal?: boolean;
  /** The three reserved bits, 0 to 7. @default 0 */
  readonly reserved?: number;
  /** Clients must mask (RFC 6455 5.1); `false` writes the frame in the clear. @default true */
  readonly isMasked?: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NO_BYTES = new Uint8Array(0);
const LONGEST_HEADER = 14;

/** The bytes of one frame. `payload` may be text. */
export function encodeFrame(
  opcode: number,
  payload: string | Uint8Array = NO_BYTES,
  { isFinal = true, reserved = 0, isMasked = true }: FrameOptions = {},
): Uint8Array<ArrayBuffer> {
  const body = typeof payload === "string" ? encoder.encode(payload) : payload;
  const bytes = new Uint8Array(LONGEST_HEADER + body.length);
  bytes[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  let at = writeLength(bytes, body.length);
  if (!isMasked) {
    bytes.set(body, at);
    return bytes.subarray(0, at + body.length);
  }
  bytes[1]! |= 0x80;
  const key = Math.floor(Math.random() * 0x1_0000_0000);
  new DataView(bytes.buffer).setUint32(at, key);
  const mask = [key >>> 24, (key >>> 16) & 0xff, (key >>> 8) & 0xff, key & 0xff];
  at += 4;
  for (let index = 0; index < body.length; index++) {
    bytes[at + index] = body[index]! ^ mask[index & 3]!;
  }
  return bytes.subarray(0, at + body.length);
}

/** The payload of a Close frame: two bytes of code and a reason (RFC 6455 5.5.1). */
export function closePayload(code: number, reason = ""): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(reason);
  const payload = new Uint8Array(2 + text.length);
  new DataView(payload.buffer).setUint16(0, code);
  payload.set(text, 2);
  return payload;
}

/** Code and reason in the payload of a Close frame; `null` where the peer sent no code. */
export function readClose(payload: Uint8Array): { code: number | null; reason: string } {
  if (payload.length < 2) return { code: null, reason: "" };
  return { code: (payload[0]! << 8) | payload[1]!, reason: decoder.decode(payload.subarray(2)) };
}

/** A payload as text. */
export function textOf(frame: Frame): string {
  return decoder.decode(frame.payload);
}

/** Joins byte arrays, for several frames in one write. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Cuts a stream of bytes into frames; holds back what is not complete yet. */
export class FrameParser {
  #rest: Uint8Array = NO_BYTES;

  /** Bytes of a frame that has begun and not ended. */
  get pendingBytes(): number {
    return this.#rest.length;
  }

  /** Takes bytes and hands each completed frame to `onFrame`, in order. */
  push(chunk: Uint8Array, onFrame: (frame: Frame) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : concatBytes([this.#rest, chunk]);
    const atMs = performance.now();
    let at = 0;
    while (true) {
      const header = readHeader(bytes, at);
      if (!header || bytes.length < header.end) break;
      const payload = bytes.slice(header.start, header.end);
      if (header.mask) unmask(payload, header.mask);
      at = header.end;
      onFrame({ opcode: header.opcode, isFinal: header.isFinal, payload, atMs });
    }
    this.#rest = at === bytes.length ? NO_BYTES : bytes.slice(at);
  }
}

interface FrameHeader {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly start: number;
  readonly end: number;
  readonly mask: Uint8Array | undefined;
}

function readHeader(bytes: Uint8Array, at: number): FrameHeader | undefined {
  if (bytes.length < at + 2) return undefined;
  const short = bytes[at + 1]! & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const maskBytes = bytes[at + 1]! & 0x80 ? 4 : 0;
  const start = at + 2 + lengthBytes + maskBytes;
  if (bytes.length < start) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at + 2, lengthBytes);
  const long = () => lengthBytes === 2 ? view.getUint16(0) : Number(view.getBigUint64(0));
  return {
    opcode: bytes[at]! & 0x0f,
    isFinal: (bytes[at]! & 0x80) !== 0,
    start,
    end: start + (lengthBytes === 0 ? short : long()),
    mask: maskBytes === 0 ? undefined : bytes.slice(start - 4, start),
  };
}

/** Writes the unmasked length after the first byte and returns where the next field begins. */
function writeLength(bytes: Uint8Array<ArrayBuffer>, length: number): number {
  const view = new DataView(bytes.buffer);
  if (length < 126) {
    bytes[1] = length;
    return 2;
  }
  if (length < 0x1_0000) {
    bytes[1] = 126;
    view.setUint16(2, length);
    return 4;
  }
  bytes[1] = 127;
  view.setBigUint64(2, BigInt(length));
  return 10;
}

function unmask(payload: Uint8Array, mask: Uint8Array): void {
  for (let index = 0; index < payload.length; index++) payload[index]! ^= mask[index & 3]!;
}
