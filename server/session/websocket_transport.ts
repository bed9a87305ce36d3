import { delay } from "@std/async";
import type { ClosingHandshakes } from "../../lifecycle/mod.ts";
import type { Disconnect } from "../errors.ts";
import type { PlainFrame } from "../protocol/mod.ts";

/** The sending half of a connection, as a session sees it. */
export interface ClientTransport {
  /** Bytes that the peer has not taken yet. */
  readonly queuedBytes: number;
  /** Queues one frame; false when the peer has left more unread than it may. */
  send(frame: PlainFrame): boolean;
  /** Resolves when little enough is left unread; false if the peer has stopped reading. */
  drained(): Promise<boolean>;
  /** Ends the connection behind all that is queued, and says why. */
  close(disconnect: Disconnect, onGivenUp: () => void): void;
  /** The connection has ended: there is nothing to wait for any more. */
  closed(): void;
  /** Waits for the peer no longer. */
  giveUp(): void;
}

/** Bytes sent between two looks at what the peer has not taken yet: a look costs a runtime call. */
const BYTES_PER_LOOK = 65_536;

/** The platform tells nobody when a socket's queue has drained: it has to be asked. */
const MIN_POLL_MS = 2;
const MAX_POLL_MS = 250;

/** Milliseconds without any progress after which a peer is taken for one that does not read. */
const STALL_MS = 30_000;

const DRAINED = Promise.resolve(true);

/** The sending half of one WebSocket: bounded, and closed by a handshake. */
export class WebSocketTransport implements ClientTransport {
  readonly #socket: WebSocket;
  readonly #handshakes: ClosingHandshakes;
  readonly #maxQueuedBytes: number;
  #bytesSinceLook = 0;
  #isClosed = false;

  constructor(socket: WebSocket, handshakes: ClosingHandshakes, maxQueuedBytes: number) {
    this.#socket = socket;
    this.#handshakes = handshakes;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  get queuedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Queues one frame; false when the peer has left more unread than it may. */
  send(frame: PlainFrame): boolean {
    this.#socket.send(frame);
    this.#bytesSinceLook += typeof frame === "string" ? frame.length : frame.byteLength;
    if (this.#bytesSinceLook < Math.min(BYTES_PER_LOOK, this.#maxQueuedBytes)) return true;
    this.#bytesSinceLook = 0;
    return this.#socket.bufferedAmount <= this.#maxQueuedBytes;
  }

  /**
   * Waits until little enough is left unread, or the socket has closed; false if the peer has read
   * nothing for half a minute.
   */
  drained(): Promise<boolean> {
    const left = this.#socket.bufferedAmount;
    return left <= BYTES_PER_LOOK || this.#isClosed ? DRAINED : this.#poll(left);
  }

  async #poll(first: number): Promise<boolean> {
    let left = first;
    let progressAt = performance.now();
    for (
      let pollMs = MIN_POLL_MS;
      left > BYTES_PER_LOOK && !this.#isClosed;
      pollMs = Math.min(MAX_POLL_MS, pollMs * 2)
    ) {
      await delay(pollMs);
      const now = this.#socket.bufferedAmount;
      if (now < left) progressAt = performance.now();
      else if (performance.now() - progressAt > STALL_MS) return false;
      left = now;
    }
    return true;
  }

  /** Sends Close behind all that is queued and goes on reading until the peer's. */
  close({ code, reason }: Disconnect, onGivenUp: () => void): void {
    this.#handshakes.begin(this.#socket, { code, reason, onGivenUp });
  }

  /** The socket's `close` event has come: there is no handshake to wait for any more. */
  closed(): void {
    this.#isClosed = true;
    this.#handshakes.end(this.#socket);
  }

  /** Waits for the peer's Close no longer. */
  giveUp(): void {
    this.#handshakes.giveUp(this.#socket);
  }
}
