/** What a payload says of itself. */
export interface Stamp {
  readonly publisher: number;
  readonly sequence: number;
  /** Milliseconds of the process's clock, to the microsecond. */
  readonly atMs: number;
}

/** Digits of base 36: the run, the publisher, the sequence number, microseconds (32 days). */
const WIDTHS = { run: 6, publisher: 2, sequence: 8, at: 8 } as const;
const PUBLISHER_END = WIDTHS.run + WIDTHS.publisher;
const SEQUENCE_END = PUBLISHER_END + WIDTHS.sequence;
const AT_END = SEQUENCE_END + WIDTHS.at;

/** Bytes of the smallest payload that has room for a stamp. */
export const MIN_SIZE_BYTES: number = AT_END;

/** A publisher's number that no publisher has: such a message asks who is listening. */
export const PROBE = 36 ** WIDTHS.publisher - 1;

/** Writes stamps into payloads and reads those of its own run. */
export class Stamper {
  readonly #run: string;
  readonly #padding: string;

  /** @param run Tells one run from others in the same channels. @param sizeBytes Of a payload. */
  constructor(run: number, sizeBytes: number) {
    this.#run = digits(run % 36 ** WIDTHS.run, WIDTHS.run);
    this.#padding = "x".repeat(Math.max(0, sizeBytes - AT_END));
  }

  /** A payload, of ASCII letters and digits only. */
  write({ publisher, sequence, atMs }: Stamp): string {
    return this.#run + digits(publisher, WIDTHS.publisher) + digits(sequence, WIDTHS.sequence) +
      digits(Math.round(atMs * 1_000), WIDTHS.at) + this.#padding;
  }

  /** What a payload says; undefined if it is of another run, or something else altogether. */
  read(payload: string): Stamp | undefined {
    if (payload.length < AT_END || !payload.startsWith(this.#run)) return undefined;
    const publisher = parseInt(payload.slice(WIDTHS.run, PUBLISHER_END), 36);
    const sequence = parseInt(payload.slice(PUBLISHER_END, SEQUENCE_END), 36);
    const atUs = parseInt(payload.slice(SEQUENCE_END, AT_END), 36);
    if (Number.isNaN(publisher + sequence + atUs)) return undefined;
    return { publisher, sequence, atMs: atUs / 1_000 };
  }
}

function digits(value: number, width: number): string {
  return value.toString(36).padStart(width, "0");
}
