import type { CloseOutcome } from "./close_handshake.ts";
import { closeOutcome, ClosingHandshakes } from "./close_handshake.ts";
import type { Drainable, DrainableConnection, DrainObserver } from "./drain.ts";

/** Options of {@linkcode OpenSockets}. */
export interface OpenSocketsOptions {
  /** Close code for a stop. @default 1001 */
  readonly code?: number;
  /** Reason for a stop. @default "server stopping" */
  readonly reason?: string;
  /** Milliseconds to wait for one peer's Close. @default 3000 */
  readonly closeTimeoutMs?: number;
}

/**
 * The WebSockets of a program that has nothing else to say about them: {@linkcode add} each one
 * and hand the whole to {@linkcode Lifecycle.untilStopped} as its connections.
 */
export class OpenSockets implements Drainable {
  readonly #code: number;
  readonly #reason: string;
  readonly #handshakes: ClosingHandshakes;
  readonly #sockets = new Map<WebSocket, DrainableConnection>();
  #observer: DrainObserver | undefined;

  constructor(
    { code = 1001, reason = "server stopping", closeTimeoutMs = 3_000 }: OpenSocketsOptions = {},
  ) {
    this.#code = code;
    this.#reason = reason;
    this.#handshakes = new ClosingHandshakes(closeTimeoutMs);
  }

  /** Sockets that are open now. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Follows a socket fresh from `Deno.upgradeWebSocket` until it is closed. */
  add(socket: WebSocket): void {
    socket.addEventListener("open", () => this.#opened(socket));
    socket.addEventListener("close", (event) => this.#left(socket, closeOutcome(event)));
  }

  beginDrain(observer: DrainObserver): DrainableConnection[] {
    this.#observer = observer;
    return [...this.#sockets.values()];
  }

  #opened(socket: WebSocket): void {
    const connection = {
      close: () => this.#close(socket),
      giveUp: () => this.#handshakes.giveUp(socket),
    };
    this.#sockets.set(socket, connection);
    this.#observer?.joined(connection);
  }

  #close(socket: WebSocket): void {
    if (!this.#sockets.has(socket)) return;
    const onGivenUp = () => this.#left(socket, "terminated");
    this.#handshakes.begin(socket, { code: this.#code, reason: this.#reason, onGivenUp });
  }

  #left(socket: WebSocket, outcome: CloseOutcome): void {
    this.#handshakes.end(socket);
    const connection = this.#sockets.get(socket);
    if (connection === undefined) return;
    this.#sockets.delete(socket);
    this.#observer?.left(connection, outcome);
  }
}
