/**
 * Writes in order, whole, one at a time. `Deno.Conn.write` may write a part, so two overlapping
 * calls could interleave their rests and break the framing that a test meant to be sound.
 */
import { concatBytes } from "./frames.ts";

interface QueuedWrite {
  readonly bytes: Uint8Array;
  readonly onWritten: () => void;
  readonly settle: (isWritten: boolean) => void;
}

/** An unbounded queue of writes on one connection; tests bound it by awaiting what they send. */
export class OrderedWriter {
  readonly #connection: Deno.Conn;
  #queue: QueuedWrite[] = [];
  #isPumping = false;
  #hasFailed = false;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /**
   * Queues bytes and resolves when the kernel has taken them: `true`, or `false` when the
   * connection is gone. `onWritten` runs in the order of the bytes on the wire. Everything queued
   * when a write begins goes out in one write.
   */
  write(bytes: Uint8Array, onWritten: () => void = () => {}): Promise<boolean> {
    if (this.#hasFailed) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#queue.push({ bytes, onWritten, settle: resolve });
    if (!this.#isPumping) void this.#pump();
    return promise;
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const isWritten = await this.#writeWhole(batch);
      for (const { onWritten, settle } of batch) {
        if (isWritten) onWritten();
        settle(isWritten);
      }
    }
    this.#isPumping = false;
  }

  async #writeWhole(batch: readonly QueuedWrite[]): Promise<boolean> {
    if (this.#hasFailed) return false;
    const bytes = batch.length === 1 ? batch[0]!.bytes : concatBytes(batch.map((w) => w.bytes));
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
      return true;
    } catch {
      this.#hasFailed = true;
      return false;
    }
  }
}
