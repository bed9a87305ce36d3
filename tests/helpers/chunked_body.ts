import { concatBytes } from "./frames.ts";

/** A body in chunked transfer coding (RFC 9112 7.1), chunk by chunk. */
export class ChunkedBody {
  readonly #connection: Deno.Conn;
  readonly #buffer = new Uint8Array(65_536);
  #rest: Uint8Array;

  constructor(connection: Deno.Conn, rest: Uint8Array) {
    this.#connection = connection;
    this.#rest = rest;
  }

  /** Throws when the connection ends before the last chunk. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    while (true) {
      const lineEnd = this.#rest.indexOf(0x0a);
      if (lineEnd < 0) {
        await this.#more();
        continue;
      }
      const size = parseInt(new TextDecoder().decode(this.#rest.subarray(0, lineEnd)), 16);
      if (Number.isNaN(size)) throw new Error("The size of a chunk is not a number");
      const end = lineEnd + 1 + size;
      while (this.#rest.length < end + 2) await this.#more();
      const chunk = this.#rest.subarray(lineEnd + 1, end);
      this.#rest = this.#rest.subarray(end + 2);
      if (size === 0) return;
      yield chunk;
    }
  }

  async #more(): Promise<void> {
    const count = await this.#connection.read(this.#buffer);
    if (count === null) throw new Error("The stream ended before its last chunk");
    this.#rest = concatBytes([this.#rest, this.#buffer.subarray(0, count)]);
  }
}
