import { delay } from "@std/async";
import { knock } from "./knock.ts";

/** Starts one HTTP server that ends when `signal` is aborted; throws if it cannot bind. */
export type Serve = (signal: AbortSignal, port: number) => Deno.HttpServer<Deno.NetAddr>;

/** Options of {@linkcode Listener}. */
export interface ListenerOptions {
  /** Port to bind; 0 lets the system pick one, which is kept when the server is revived. */
  readonly port: number;
  /** Milliseconds to keep trying while the port is taken. @default 0 */
  readonly bindTimeoutMs?: number;
  /**
   * Milliseconds between two looks at whether the port still accepts; 0 never looks.
   * @default 1000 below Deno 2.9, which tells of a dead accept loop only once the last plain HTTP
   * connection has ended, else 0
   */
  readonly watchEveryMs?: number;
  /** Told when accepting has failed and the server is being revived. */
  readonly onLost?: (error: unknown) => void;
  /** Told when connections are accepted again. */
  readonly onRestored?: (afterMs: number) => void;
}

const RETRY_EVERY_MS = 50;

/** Milliseconds that our own connection may wait to be answered. */
const KNOCK_MS = 500;

/**
 * A port that stays served. When the process runs out of file descriptors the runtime ends its
 * accept loop, while open WebSockets live on: this serves the same port again as soon as
 * descriptors are free.
 */
export class Listener {
  readonly #serve: Serve;
  readonly #options: ListenerOptions;
  readonly #abort = new AbortController();
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #finished: Promise<void> = Promise.resolve();
  #watch: ReturnType<typeof setInterval> | undefined;
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
    const { bindTimeoutMs = 0, watchEveryMs = defaultWatchMs() } = this.#options;
    const endsAt = performance.now() + bindTimeoutMs;
    while (true) {
      try {
        const address = this.#listen();
        if (watchEveryMs > 0) this.#watch = setInterval(() => this.#look(), watchEveryMs);
        return address;
      } catch (error) {
        const isTaken = error instanceof Deno.errors.AddrInUse;
        if (!isTaken || this.#abort.signal.aborted || performance.now() >= endsAt) throw error;
        await delay(RETRY_EVERY_MS, signal === undefined ? {} : { signal });
      }
    }
  }

  /** Resolves once every client that connected before has been accepted, or cannot be. */
  async accepted(): Promise<void> {
    if (this.#server !== undefined) await knock(this.#server.addr, KNOCK_MS);
  }

  /**
   * Frees the port. Call it only when every WebSocket is closed and every answer is out: the
   * runtime cuts what is still being written, and tells open sockets 1005, which is illegal on the
   * wire.
   */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.#abort.abort();
    await this.#finished;
  }

  #listen(): Deno.NetAddr {
    const server = this.#serve(this.#abort.signal, this.#port);
    this.#port = server.addr.port;
    this.#server = server;
    this.#finished = server.finished.catch((error: unknown) => this.#lost(server, error));
    return server.addr;
  }

  /** Some runtimes do not tell that nobody accepts any more: only a client notices. */
  async #look(): Promise<void> {
    const server = this.#server;
    if (server === undefined || await knock(server.addr, KNOCK_MS) !== "refused") return;
    await this.#lost(server, new Error("Cannot accept as the accept loop has ended"));
  }

  /** Serves again in place of `lost`, unless that was done already. */
  async #lost(lost: Deno.HttpServer<Deno.NetAddr>, error: unknown): Promise<void> {
    if (this.#abort.signal.aborted || this.#server !== lost) return;
    this.#server = undefined;
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

function defaultWatchMs(): number {
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 9) ? 0 : 1_000;
}
