import { delay } from "@std/async";
import type { ClosingHandshakes } from "../../lifecycle/mod.ts";
import type { Disconnect } from "../errors.ts";
import type { PlainFrame } from "../protocol/mod.ts";

/** Bytes sent between two looks at what the peer has not taken yet: a look costs a runtime call. */
const BYTES_PER_LOOK = 65_536;

/** The platform tells nobody when a socket's queue has drained: it has to be asked. */
const POLL_MS = 5;

/** The sending half of one WebSocket: bounded, and closed by a handshake. */
export class WebSocketTransport {
  readonly #socket: WebSocket;
  readonly #handshakes: ClosingHandshakes;
  readonly #maxQueuedBytes: number;
  #bytesSinceLook = 0;

  constructor(socket: WebSocket, handshakes: ClosingHandshakes, maxQueuedBytes: number) {
    this.#socket = socket;
    this.#handshakes = handshakes;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  /** Queues one frame; false when the peer has left more unread than it may. */
  send(frame: PlainFrame): boolean {
    this.#socket.send(frame);
    this.#bytesSinceLook += typeof frame === "string" ? frame.length : frame.byteLength;
    if (this.#bytesSinceLook < Math.min(BYTES_PER_LOOK, this.#maxQueuedBytes)) return true;
    this.#bytesSinceLook = 0;
    return this.#socket.bufferedAmount <= this.#maxQueuedBytes;
  }

  /** Resolves when little enough is left unread, or the socket is open no longer. */
  async drained(): Promise<void> {
    while (this.#socket.bufferedAmount > BYTES_PER_LOOK) await delay(POLL_MS);
  }

  /** Sends Close behind all that is queued and goes on reading until the peer's. */
  close({ code, reason }: Disconnect, onGivenUp: () => void): void {
    this.#handshakes.begin(this.#socket, { code, reason, onGivenUp });
  }

  /** The socket's `close` event has come: there is no handshake to wait for any more. */
  closed(): void {
    this.#handshakes.end(this.#socket);
  }

  /** Waits for the peer's Close no longer. */
  giveUp(): void {
    this.#handshakes.giveUp(this.#socket);
  }
}
