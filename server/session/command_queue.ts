import type { Command } from "../protocol/mod.ts";

/** A command of a client that sends more than it may: it is not carried out. */
export interface Excess {
  readonly excess: Command;
  /** Milliseconds by which it came too early. */
  readonly earlyMs: number;
}

/** A command, or what is wrong with a frame from this place on, or with all of it. */
export type QueuedCommand = Command | Excess | "malformed" | "too large" | "too many";

/** Options of {@linkcode CommandQueue}. */
export interface CommandQueueOptions {
  /** Carries one out; what follows waits for a promise, which must not reject. */
  readonly run: (command: QueuedCommand) => void | Promise<void>;
  /** Called once, when more wait than may: nothing that comes later is carried out. */
  readonly onFull: () => void;
}

/** Commands that may wait for one that takes time, and their bytes: a client waits for no more. */
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 4_194_304;

interface Waiting {
  readonly command: QueuedCommand;
  readonly bytes: number;
}

/** Carries commands out in their order, each after the one before has been dealt with. */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #isBusy = false;
  #isFull = false;
  #onIdle: (() => void) | undefined;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
  }

  /** Bytes of the commands that wait. */
  get bytes(): number {
    return this.#waitingBytes;
  }

  /** @param bytes What the command takes while it waits. */
  add(command: QueuedCommand, bytes: number): void {
    if (this.#isFull) return;
    if (this.#isBusy) this.#wait({ command, bytes });
    else this.#run(command);
  }

  /** Calls `onIdle` once, when everything is dealt with. */
  whenIdle(onIdle: () => void): void {
    if (this.#isBusy) this.#onIdle = onIdle;
    else onIdle();
  }

  /** Forgets what waits. */
  drop(): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  #wait(waiting: Waiting): void {
    const bytes = this.#waitingBytes + waiting.bytes;
    if (this.#waiting.length < MAX_WAITING && bytes <= MAX_WAITING_BYTES) {
      this.#waiting.push(waiting);
      this.#waitingBytes = bytes;
      return;
    }
    this.#isFull = true;
    this.#options.onFull();
  }

  #run(command: QueuedCommand): void {
    const running = this.#options.run(command);
    if (running === undefined) return;
    this.#isBusy = true;
    running.then(() => this.#continue());
  }

  #continue(): void {
    this.#isBusy = false;
    while (!this.#isBusy) {
      const next = this.#waiting.shift();
      if (next === undefined) return this.#idle();
      this.#waitingBytes -= next.bytes;
      this.#run(next.command);
    }
  }

  #idle(): void {
    const onIdle = this.#onIdle;
    this.#onIdle = undefined;
    onIdle?.();
  }
}
