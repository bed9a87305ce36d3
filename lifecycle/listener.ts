import { delay } from "@std/async";

/** Starts one HTTP server that ends when `signal` is aborted; throws if it cannot bind. */
export type Serve = (signal: AbortSignal, port: number) => Deno.HttpServer<Deno.NetAddr>;

/** Options of {@linkcode Listener}. */
export interface ListenerOptions {
  /** Port to bind; 0 lets the system pick one, which is kept when the server is revived. */
  readonly port: number;
  /** Milliseconds to keep trying while the port is taken. @default 0 */
  readonly bindTimeoutMs?: number;
  /** Told when accepting has failed and the server is being revived. */
  readonly onLost?: (error: unknown) => void;
  /** Told when connections are accepted again. */
  readonly onRestored?: (afterMs: number) => void;
}

const RETRY_EVERY_MS = 50;

/**
 * A port that stays served. When the process runs out of file descriptors the runtime ends its
 * accept loop and rejects `finished`, while open WebSockets live on: this serves the same port
 * again as soon as descriptors are free.
 */
export class Listener {
  readonly #serve: Serve;
  readonly #options: ListenerOptions;
  readonly #abort = new AbortController();
  #finished: Promise<void> = Promise.resolve();
  #port: number;

  constructor(serve: Serve, options: ListenerOptions) {
    this.#serve = serve;
    this.#options = options;
    this.#port = options.port;
  }

  /**
   * Binds the port.
   *
   * @param signal Ends the waiting for a port that is taken.
   * @throws {Deno.errors.AddrInUse} when the port is still taken after `bindTimeoutMs`.
   * @throws `signal.reason` when it is aborted while waiting.
   */
  async bind(signal?: AbortSignal): Promise<Deno.NetAddr> {
    const endsAt = performance.now() + (this.#options.bindTimeoutMs ?? 0);
    while (true) {
      try {
        return this.#listen();
      } catch (error) {
        const isTaken = error instanceof Deno.errors.AddrInUse;
        if (!isTaken || this.#abort.signal.aborted || performance.now() >= endsAt) throw error;
        await delay(RETRY_EVERY_MS, signal === undefined ? {} : { signal });
      }
    }
  }

  /**
   * Frees the port. Call it only when every WebSocket is closed and every answer is out: the
   * runtime cuts what is still being written, and tells open sockets 1005, which is illegal on the
   * wire.
   */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#finished;
  }

  #listen(): Deno.NetAddr {
    const server = this.#serve(this.#abort.signal, this.#port);
    this.#port = server.addr.port;
    this.#finished = server.finished.catch((error: unknown) => this.#revive(error));
    return server.addr;
  }

  async #revive(error: unknown): Promise<void> {
    if (this.#abort.signal.aborted) return;
    const lostAt = performance.now();
    this.#options.onLost?.(error);
    while (!this.#abort.signal.aborted) {
      await delay(RETRY_EVERY_MS);
      if (this.#tryListen()) return this.#options.onRestored?.(performance.now() - lostAt);
    }
  }

  /** Any failure is worth another try: what ended the loop may also keep the port from binding. */
  #tryListen(): boolean {
    if (this.#abort.signal.aborted) return false;
    try {
      this.#listen();
      return true;
    } catch {
      return false;
    }
  }
}
