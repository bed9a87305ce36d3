import { setImmediate } from "node:timers";
import { Poll, receiveBytes } from "./kernel.ts";

/** Who owns a socket. */
export interface SocketOwner {
  /** Takes what was read; it is overwritten as soon as this returns. */
  received(bytes: Uint8Array<ArrayBuffer>): void;
  /** There is room for what could not be sent. */
  canSend(): void;
  /** Nothing comes any more. */
  closed(): void;
}

/** How long to wait for sockets before looking whether any are left. */
const WAIT_MS = 100;

/** More than a kernel's buffer usually holds, so that one read takes all there is. */
const BUFFER_BYTES = 1_048_576;

/** Reads many sockets in turns, all into one buffer. */
export class Reactor {
  readonly #poll = new Poll();
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #owners = new Map<number, SocketOwner>();
  #isRunning = false;

  /** Begins to read a socket. */
  add(socket: number, owner: SocketOwner): void {
    this.#owners.set(socket, owner);
    this.#poll.add(socket);
    if (!this.#isRunning) void this.#run();
  }

  /** Whether to tell when there is room to send. */
  watchRoom(socket: number, isWatched: boolean): void {
    this.#poll.change(socket, isWatched);
  }

  /** Leaves what comes in the kernel. */
  pause(socket: number): void {
    this.#poll.remove(socket);
  }

  /** Takes up reading. */
  resume(socket: number): void {
    this.#poll.add(socket);
  }

  /** Is told of a socket that is about to be closed. */
  forget(socket: number): void {
    this.#owners.delete(socket);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#owners.size > 0) {
      await this.#poll.wait(WAIT_MS, this.#onEvent);
      // Timers have their turn also while there is always something to read.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#isRunning = false;
  }

  readonly #onEvent = (socket: number, canWrite: boolean): void => {
    const owner = this.#owners.get(socket);
    if (owner === undefined) return;
    if (canWrite) owner.canSend();
    // Level-triggered: a socket that is only writable has nothing to read, and that is no end.
    const count = receiveBytes(socket, this.#buffer);
    if (count > 0) owner.received(this.#buffer.subarray(0, count));
    else if (count === 0 || !canWrite) owner.closed();
  };
}
