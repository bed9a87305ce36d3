/** Told of each frame: its payload is `bytes` from `start` to `end`, and only until it returns. */
export type OnFrame = (frame: ScannedFrame) => void;

/** A frame where it lies. */
export interface ScannedFrame {
  readonly opcode: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const NO_BYTES = new Uint8Array(0);

/**
 * Finds the frames of a server in its bytes without copying them: the clients share the machine
 * with what they measure. Frames of a server are not masked (RFC 6455 5.1).
 */
export class FrameScanner {
  #rest: Uint8Array = NO_BYTES;

  /** Scans what was read; a frame that is not complete is kept for the next time. */
  push(chunk: Uint8Array, onFrame: OnFrame): void {
    const bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    let at = 0;
    while (true) {
      const frame = frameAt(bytes, at);
      if (frame === undefined) break;
      at = frame.end;
      onFrame(frame);
    }
    this.#rest = at === bytes.length ? NO_BYTES : bytes.slice(at);
  }
}

/** The frame that begins at `at`, if all of it is there. */
function frameAt(bytes: Uint8Array, at: number): ScannedFrame | undefined {
  if (at + 2 > bytes.length) return undefined;
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
  if (start > bytes.length) return undefined;
  const end = start + (short < 126 ? short : longLength(bytes, at + 2, start));
  if (end > bytes.length) return undefined;
  return { opcode: (bytes[at] ?? 0) & 0x0f, bytes, start, end };
}

function longLength(bytes: Uint8Array, from: number, to: number): number {
  let length = 0;
  for (let at = from; at < to; at++) length = length * 256 + (bytes[at] ?? 0);
  return length;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
