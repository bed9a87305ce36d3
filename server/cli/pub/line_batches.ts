/** Some lines that follow each other, as they are sent. */
export interface LineBatch {
  /** Lines with their newlines. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
  /** Number of the first line, from 1. */
  readonly firstLine: number;
}

/** Lines and bytes of one batch; a line that is longer is a batch of its own. */
const MAX_LINES = 1_000;
const MAX_BYTES = 262_144;

/** No server takes a message of this size, so reading one to its end leads nowhere. */
const MAX_LINE_BYTES = 16 * 1_048_576;

const NEWLINE = 0x0a;

/**
 * Reads lines in batches: what has come so far, within bounds. Nothing is read ahead of that, so that
 * whoever writes is held up by whoever takes the batches.
 */
export class LineBatches {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array();
  #hasEnded = false;
  #lines = 0;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** Lines that were handed out. */
  get lines(): number {
    return this.#lines;
  }

  /**
   * The next lines; undefined behind the last one. A line without a newline at the end counts.
   *
   * @throws {RangeError} for a line of more than 16 MiB.
   */
  async next(): Promise<LineBatch | undefined> {
    while (true) {
      const batch = this.#take();
      if (batch !== undefined || this.#hasEnded) return batch;
      if (this.#rest.length > MAX_LINE_BYTES) {
        throw new RangeError(`Cannot read line ${this.#lines + 1} as it is longer than 16 MiB`);
      }
      const { done, value } = await this.#reader.read();
      if (done) this.#hasEnded = true;
      else this.#rest = joined(this.#rest, value);
    }
  }

  #take(): LineBatch | undefined {
    let [count, end] = [0, 0];
    while (count < MAX_LINES) {
      const next = this.#endOfLine(end);
      if (next === undefined || (count > 0 && next > MAX_BYTES)) break;
      end = next;
      count += 1;
    }
    return count === 0 ? undefined : this.#cut(end, count);
  }

  /** Behind the line that begins at `start`; undefined while it has no end. */
  #endOfLine(start: number): number | undefined {
    const newline = this.#rest.indexOf(NEWLINE, start);
    if (newline !== -1) return newline + 1;
    const isLast = this.#hasEnded && start < this.#rest.length;
    return isLast ? this.#rest.length : undefined;
  }

  #cut(end: number, count: number): LineBatch {
    const batch = { bytes: this.#rest.slice(0, end), count, firstLine: this.#lines + 1 };
    this.#rest = this.#rest.subarray(end);
    this.#lines += count;
    return batch;
  }
}

/** The first lines of a batch. */
export function firstLines({ bytes, firstLine }: LineBatch, count: number): LineBatch {
  let end = 0;
  for (let line = 0; line < count; line += 1) end = bytes.indexOf(NEWLINE, end) + 1;
  return { bytes: bytes.slice(0, end), count, firstLine };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
