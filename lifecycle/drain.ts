import { setImmediate } from "node:timers";
import { delay } from "@std/async";
import type { CloseOutcome } from "./close_handshake.ts";
import type { Deadline } from "./deadline.ts";
import { drainPlan } from "./drain_plan.ts";

/** How much a connection may still take its time. */
export type Urgency =
  /** Send what is queued, then close. */
  | "flush"
  /** The stop is running out of time: close now. */
  | "hurry";

/** One open connection, as a drain sees it. */
export interface DrainableConnection {
  /**
   * Begins the close, or hurries one that was begun with `flush`; safe to call twice, and on a
   * connection that has gone.
   */
  close(urgency: Urgency): void;
  /** Waits for the peer no longer. Leads to `left(this, "terminated")` before it returns. */
  giveUp(): void;
}

/** Who wants to know how a drain goes. */
export interface DrainObserver {
  /** A connection that was still opening has opened. */
  joined(connection: DrainableConnection): void;
  /** A connection has gone, or was given up. */
  left(connection: DrainableConnection, outcome: CloseOutcome): void;
}

/** A set of open connections that can be closed one by one. */
export interface Drainable {
  /**
   * Takes in no newcomers from now on and returns who is there. Tells `observer` of each one that
   * opens all the same, and exactly once of each that leaves, returned or joined.
   */
  beginDrain(observer: DrainObserver): DrainableConnection[];
}

/** How a drain is paced. */
export interface DrainOptions {
  /** Milliseconds over which the closes are spread; 0 closes all at once. */
  readonly windowMs: number;
  /** When whoever is left is given up. */
  readonly deadline: Deadline;
  /** When whoever is still being sent what is queued is closed without the rest. */
  readonly flushDeadline: Deadline;
  /** Called when the numbers change, at most once per turn of the event loop. */
  readonly onProgress?: (progress: DrainProgress) => void;
}

/** How far a drain is. */
export interface DrainProgress {
  /** Connections that were open when the drain began or have opened since. */
  readonly clients: number;
  /** Those whose own Close frame was read. */
  readonly closedCleanly: number;
  /** Those that vanished or were given up. */
  readonly terminated: number;
}

/** How long one turn of the event loop may be spent on closing, so that reading goes on. */
const SLICE_MS = 8;

/** Closes every connection of a {@linkcode Drainable}, once. */
export class Drain implements DrainObserver {
  readonly #options: DrainOptions;
  readonly #open = new Set<DrainableConnection>();
  readonly #empty = Promise.withResolvers<void>();
  #clients = 0;
  #closedCleanly = 0;
  #terminated = 0;
  #firstError: { readonly error: unknown } | undefined;
  #isPlayed = false;
  #isProgressQueued = false;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** The numbers so far. */
  get progress(): DrainProgress {
    const [clients, closedCleanly] = [this.#clients, this.#closedCleanly];
    return { clients, closedCleanly, terminated: this.#terminated };
  }

  /** What the first connection that broke threw; undefined if all kept their promise. */
  get firstError(): { readonly error: unknown } | undefined {
    return this.#firstError;
  }

  /** Closes them all; ends when the last has left, at the latest shortly after the deadline. */
  async run(drainable: Drainable): Promise<DrainProgress> {
    const connections = drainable.beginDrain(this);
    this.#clients += connections.length;
    for (const connection of connections) this.#open.add(connection);
    await this.#closeAsPlanned(connections);
    this.#isPlayed = true;
    this.#settle();
    const { deadline, flushDeadline } = this.#options;
    const { kind } = await flushDeadline.wait(this.#empty.promise);
    if (kind === "late") { for (const connection of [...this.#open]) this.#close(connection); }
    await deadline.wait(this.#empty.promise);
    for (const connection of this.#open) this.#attempt(() => connection.giveUp());
    return this.progress;
  }

  joined(connection: DrainableConnection): void {
    this.#clients += 1;
    this.#open.add(connection);
    this.#close(connection);
  }

  left(connection: DrainableConnection, outcome: CloseOutcome): void {
    if (!this.#open.delete(connection)) return;
    if (outcome === "clean") this.#closedCleanly += 1;
    else this.#terminated += 1;
    this.#queueProgress();
    this.#settle();
  }

  async #closeAsPlanned(connections: readonly DrainableConnection[]): Promise<void> {
    const plan = drainPlan({ count: connections.length, windowMs: this.#options.windowMs });
    const startedAt = performance.now();
    let sliceEndsAt = startedAt + SLICE_MS;
    for (const [index, connection] of connections.entries()) {
      const now = performance.now();
      const waitMs = Math.min(
        startedAt + (plan[index] ?? 0) - now,
        this.#options.deadline.remainingMs,
      );
      if (waitMs >= 1 || now > sliceEndsAt) {
        await (waitMs >= 1 ? delay(waitMs) : nextTurn());
        sliceEndsAt = performance.now() + SLICE_MS;
      }
      this.#close(connection);
    }
  }

  #close(connection: DrainableConnection): void {
    const urgency = this.#options.flushDeadline.remainingMs > 0 ? "flush" : "hurry";
    this.#attempt(() => connection.close(urgency));
  }

  /** One connection that breaks must not keep the others from being closed. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#firstError ??= { error };
    }
  }

  #settle(): void {
    if (this.#isPlayed && this.#open.size === 0) this.#empty.resolve();
  }

  #queueProgress(): void {
    const { onProgress } = this.#options;
    if (onProgress === undefined || this.#isProgressQueued) return;
    this.#isProgressQueued = true;
    setImmediate(() => {
      this.#isProgressQueued = false;
      onProgress(this.progress);
    });
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
