import { delay } from "@std/async";
import type { Waited } from "./deadline.ts";
import { Deadline } from "./deadline.ts";
import type { Drainable, DrainProgress } from "./drain.ts";
import { Drain } from "./drain.ts";
import type { LifecycleEvent, LifecycleState } from "./state.ts";
import { isAccepting, STARTING, transition } from "./state.ts";

/** How a server stops. All times in milliseconds. */
export interface LifecycleOptions {
  /** Stay up but unready before the first close, so that load balancers look away. @default 0 */
  readonly drainDelayMs?: number;
  /** Spread the closes over this time. @default 0 */
  readonly drainWindowMs?: number;
  /** What one peer may take for its part of the handshake; used to plan. @default 3000 */
  readonly closeTimeoutMs?: number;
  /** The whole stop. @default 8000 */
  readonly stopTimeoutMs?: number;
  /** Told of every change of state, after it happened. */
  readonly onState?: (state: LifecycleState) => void;
  /** Told how far the closing is. */
  readonly onProgress?: (progress: DrainProgress) => void;
}

/** Something that is closed at the end of a stop. */
export interface Closable {
  /** For the report: "history". */
  readonly name: string;
  /** Ends it, finishing what it had accepted. */
  close(): Promise<void>;
}

/** What a stop has to take apart, in this order. */
export interface StopParts {
  /** Sockets and streams. */
  readonly connections: Drainable;
  /** Requests whose answers are not out yet. */
  readonly requests: {
    /** Resolves once those that have begun have ended. */
    settled(): Promise<void>;
    /** Resolves once there is none. */
    idle(): Promise<void>;
  };
  /** The port; closed when nothing is left on it. */
  readonly listener: {
    /** Resolves once every client that connected before has been taken in. */
    accepted?(): Promise<void>;
    close(): Promise<void>;
  };
  /** Closed last, in order: what connections and requests still write to. */
  readonly resources: readonly Closable[];
}

/** How a stop went. */
export interface StopReport extends DrainProgress {
  readonly signal: string;
  readonly durationMs: number;
  /** Steps that did not end in time or failed; with a resource among them data may be lost. */
  readonly problems: readonly StopProblem[];
  /** Whether every resource was closed: what was accepted is stored. */
  readonly isComplete: boolean;
}

/** A step of the stop that failed, or that was not waited for any longer. */
export interface StopProblem {
  readonly step: string;
  readonly error: unknown;
}

/** Kept back from the connections, so that answers, port and resources still have a time of theirs. */
const RESERVE_SHARE = 0.1;

/**
 * Plays a server's life: starting, ready, draining, closing, stopped.
 *
 * @example Stop when asked
 * ```ts ignore
 * const lifecycle = new Lifecycle({ stopTimeoutMs: 8_000 });
 * listenForSignals({ onStop: (signal) => lifecycle.requestStop(signal), ... });
 * lifecycle.ready();
 * const report = await lifecycle.untilStopped({ connections, requests, listener, resources });
 * ```
 */
export class Lifecycle {
  readonly #options: Required<Omit<LifecycleOptions, "onState" | "onProgress">> & LifecycleOptions;
  readonly #stop = new AbortController();
  #state: LifecycleState = STARTING;

  constructor(options: LifecycleOptions = {}) {
    this.#options = {
      drainDelayMs: 0,
      drainWindowMs: 0,
      closeTimeoutMs: 3_000,
      stopTimeoutMs: 8_000,
      ...options,
    };
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** True while new connections and publications are welcome. */
  get isAccepting(): boolean {
    return isAccepting(this.#state);
  }

  /** Aborted, with the signal's name as reason, when a stop is asked for. */
  get stopRequested(): AbortSignal {
    return this.#stop.signal;
  }

  /** The port is bound and everything is open. Means nothing once a stop was asked for. */
  ready(): void {
    this.#go({ kind: "bound" });
  }

  /** Asks for the stop; safe to call twice, the first one counts. */
  requestStop(signal: string): void {
    this.#go({ kind: "stop_requested", signal });
    this.#stop.abort(signal);
  }

  /** Waits until a stop is asked for, then takes `parts` apart in the order that loses nothing. */
  async untilStopped(parts: StopParts): Promise<StopReport> {
    await aborted(this.#stop.signal);
    const { drainDelayMs, stopTimeoutMs } = this.#options;
    const startedAt = performance.now();
    const budget = new Deadline(stopTimeoutMs);
    await budget.earlier(this.#options.closeTimeoutMs).sleep(drainDelayMs);
    this.#go({ kind: "delay_over" });
    const drain = this.#planDrain(budget);
    const progress = await drain.run(parts.connections);
    const problems = await this.#takeApart(parts, budget);
    if (drain.firstError !== undefined) {
      problems.unshift({ step: "connections", error: drain.firstError.error });
    }
    this.#go({ kind: "finished" });
    return {
      ...progress,
      signal: String(this.#stop.signal.reason),
      durationMs: Math.round(performance.now() - startedAt),
      problems,
      isComplete: !problems.some(({ step }) => parts.resources.some(({ name }) => name === step)),
    };
  }

  #planDrain(budget: Deadline): Drain {
    const { drainWindowMs, closeTimeoutMs, stopTimeoutMs, onProgress } = this.#options;
    const deadline = budget.earlier(stopTimeoutMs * RESERVE_SHARE);
    // Half of the time at least: a tight budget must not mean that nothing queued is sent.
    const flushDeadline = deadline.earlier(Math.min(closeTimeoutMs, deadline.remainingMs / 2));
    return new Drain({ windowMs: drainWindowMs, deadline, flushDeadline, onProgress });
  }

  /**
   * The order matters. Answers first: aborting the server cuts what is still being written. Then
   * the answers to those who wait in the listener's queue: closing it would reset them. A moment
   * more, because an answer counts as sent before its bytes are. Then the port, so that nothing new arrives; then the resources, to which all of the above may
   * have written.
   */
  async #takeApart(parts: StopParts, budget: Deadline): Promise<StopProblem[]> {
    const problems: StopProblem[] = [];
    const step = async (name: string, work: () => Promise<void>, deadline: Deadline) => {
      const problem = describe(name, await deadline.wait(Promise.try(work)));
      if (problem !== undefined) problems.push(problem);
    };
    const forRequests = budget.earlier(this.#options.stopTimeoutMs * RESERVE_SHARE / 2);
    await step("requests", () => answerAll(parts), forRequests);
    await forRequests.sleep(SETTLE_MS);
    await step("listener", () => parts.listener.close(), budget);
    for (const resource of parts.resources) {
      await step(resource.name, () => resource.close(), budget.atLeast(RESOURCE_MS));
    }
    return problems;
  }

  #go(event: LifecycleEvent): void {
    const before = this.#state;
    this.#state = transition(before, event);
    if (this.#state !== before) this.#options.onState?.(this.#state);
  }
}

/**
 * What the runtime needs between accepting a connection and handing out its request, and between
 * saying that an answer is complete and writing its last bytes. It tells of neither.
 */
const SETTLE_MS = 5;

/** What a resource may take even when the stop is out of time: losing data is worse than being late. */
const RESOURCE_MS = 250;

/**
 * How long to look for a moment without any request. All that come by then are refused, and clients
 * that come back at once and again may never leave such a moment.
 */
const QUIET_MS = 50;

/** Answers those whose requests were read, then those who were still waiting to be accepted. */
async function answerAll({ requests, listener }: StopParts): Promise<void> {
  await requests.settled();
  if (listener.accepted !== undefined) {
    await listener.accepted();
    await delay(SETTLE_MS);
    await requests.settled();
  }
  await new Deadline(QUIET_MS).wait(requests.idle());
}

function describe(step: string, waited: Waited<void>): StopProblem | undefined {
  switch (waited.kind) {
    case "done":
      return undefined;
    case "failed":
      return { step, error: waited.error };
    case "late":
      return { step, error: new Error(`Cannot wait for ${step} any longer`) };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
