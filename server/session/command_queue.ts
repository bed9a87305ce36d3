import type { Command } from "../protocol/mod.ts";

/** A command, or the place in a frame from which on nothing could be read. */
export type QueuedCommand = Command | "malformed";

/** Options of {@linkcode CommandQueue}. */
export interface CommandQueueOptions {
  /** Carries one out; what follows waits for a promise, which must not reject. */
  readonly run: (command: QueuedCommand) => void | Promise<void>;
  /** Called when more wait than may: nothing that comes later is carried out. */
  readonly onFull: () => void;
}

/** Commands that may wait for one that takes time. */
const MAX_WAITING = 10_000;

/** Carries commands out in their order, each after the one before has been dealt with. */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  #waiting: QueuedCommand[] = [];
  #isBusy = false;
  #isFull = false;
  #onIdle: (() => void) | undefined;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
  }

  /** Whether something is still to be dealt with. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  add(command: QueuedCommand): void {
    if (this.#isFull) return;
    if (this.#isBusy) this.#wait(command);
    else this.#run(command);
  }

  /** Calls `onIdle` once, when everything is dealt with. */
  whenIdle(onIdle: () => void): void {
    if (this.#isBusy) this.#onIdle = onIdle;
    else onIdle();
  }

  #wait(command: QueuedCommand): void {
    if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push(command);
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
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const command of waiting) this.add(command);
    if (this.#isBusy) return;
    const onIdle = this.#onIdle;
    this.#onIdle = undefined;
    onIdle?.();
  }
}
