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
  readonly #waiting: QueuedCommand[] = [];
  #isBusy = false;
  #isFull = false;
  #onIdle: (() => void) | undefined;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
  }

  add(command: QueuedCommand): void {
    if (this.#isFull) return;
    if (!this.#isBusy) return this.#run(command);
    if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push(command);
      return;
    }
    this.#isFull = true;
    this.#options.onFull();
  }

  /** Calls `onIdle` once, when everything is dealt with. */
  whenIdle(onIdle: () => void): void {
    if (this.#isBusy) this.#onIdle = onIdle;
    else onIdle();
  }

  #run(command: QueuedCommand): void {
    const running = this.#options.run(command);
    if (running === undefined) return;
    this.#isBusy = true;
    running.then(() => this.#continue());
  }

  #continue(): void {
    this.#isBusy = false;
    let done = 0;
    for (const command of this.#waiting) {
      done += 1;
      this.#run(command);
      if (this.#isBusy) break;
    }
    this.#waiting.splice(0, done);
    if (this.#isBusy) return;
    const onIdle = this.#onIdle;
    this.#onIdle = undefined;
    onIdle?.();
  }
}
