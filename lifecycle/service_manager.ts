import { Deadline } from "./deadline.ts";
import type { DrainProgress } from "./drain.ts";
import type { LifecycleState } from "./state.ts";

/** Options of {@linkcode ServiceManager}. */
export interface ServiceManagerOptions {
  /** Milliseconds within which a sign of life must follow another; undefined wants none. */
  readonly watchdogMs: number | undefined;
  /** What the start may wait for others, in milliseconds; the service manager is asked for it. */
  readonly startTimeoutMs: number;
  /** The whole stop, in milliseconds; the service manager is asked for no more. */
  readonly stopTimeoutMs: number;
  /** What a program that is ready does, in one line. */
  readonly status: () => string;
}

/** Where the messages go. */
export interface Notified extends Disposable {
  /** Sends one message: lines of `NAME=value`. */
  send(message: string): void;
}

/** How often a program that is ready looks whether its status is another one. */
const STATUS_EVERY_MS = 5_000;

/** How often a stop that goes on asks for more time. */
const EXTEND_EVERY_MS = 1_000;

/** What it asks for each time: a stop that hangs is cut so long after its last sign of life. */
const EXTEND_MS = 5_000;

/** What starting and ending the process may take beyond the times in the options. */
const MARGIN_MS = 1_000;

/**
 * The service manager that started the process (`Type=notify`), told whether it is ready, reloading
 * or stopping, how far a stop is, and that the event loop turns. Messages are those of sd_notify(3),
 * but for two: `MAINPID=` is known to whoever started the process, and is another number outside of
 * a container; `MONOTONIC_USEC=`, which `Type=notify-reload` wants, is a clock the runtime lacks.
 */
export class ServiceManager implements Disposable {
  readonly #options: ServiceManagerOptions;
  readonly #socket: Notified;
  #state: LifecycleState["kind"] = "starting";
  #isReloading = false;
  #progress: DrainProgress | undefined;
  #stop: Deadline | undefined;
  #toldStatus: string | undefined;
  #statusTimer: ReturnType<typeof setTimeout> | undefined;
  #watchdogTimer: ReturnType<typeof setTimeout> | undefined;

  /** Tells `socket` that the program starts. */
  constructor(socket: Notified, options: ServiceManagerOptions) {
    this.#options = options;
    this.#socket = socket;
    const { startTimeoutMs, watchdogMs } = options;
    this.#tell(...startTimeoutMs > 0 ? [extension(startTimeoutMs + MARGIN_MS)] : []);
    if (watchdogMs !== undefined) this.#watch(watchdogMs / 2);
  }

  /** To be called after each change of state. */
  tellState({ kind }: LifecycleState): void {
    this.#state = kind;
    switch (kind) {
      case "ready":
        this.#tell("READY=1");
        return this.#tellEvery(STATUS_EVERY_MS);
      case "draining":
        this.#stop = new Deadline(this.#options.stopTimeoutMs);
        this.#tell("STOPPING=1");
        return this.#tellEvery(EXTEND_EVERY_MS);
      case "closing":
        return this.#tell();
      case "starting":
      case "stopped":
        return;
    }
  }

  /** How far the closing is: sent when more time is asked for. */
  tellProgress(progress: DrainProgress): void {
    this.#progress = progress;
  }

  /** A reload begins, or has ended, well or not. Means nothing unless the service is ready. */
  tellReloading(isReloading: boolean): void {
    if (this.#state !== "ready" || isReloading === this.#isReloading) return;
    this.#isReloading = isReloading;
    this.#tell(isReloading ? "RELOADING=1" : "READY=1");
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#statusTimer);
    clearTimeout(this.#watchdogTimer);
    this.#socket[Symbol.dispose]();
  }

  /** Sends what is given, a status that is new, and in a stop the request for time. */
  #tell(...lines: string[]): void {
    const status = this.#status();
    if (status !== this.#toldStatus) lines.push(`STATUS=${status}`);
    this.#toldStatus = status;
    const leftMs = this.#stop?.remainingMs ?? 0;
    if (leftMs > 0) lines.push(extension(Math.min(EXTEND_MS, leftMs + MARGIN_MS)));
    if (lines.length > 0) this.#socket.send(lines.join("\n"));
  }

  #tellEvery(periodMs: number): void {
    clearTimeout(this.#statusTimer);
    this.#statusTimer = setTimeout(() => {
      this.#tell();
      this.#tellEvery(periodMs);
    }, periodMs);
  }

  #status(): string {
    switch (this.#state) {
      case "starting":
        return "Starting";
      case "ready":
        return this.#isReloading ? "Reloading" : this.#options.status().replaceAll(/\s+/g, " ");
      case "draining":
        return "Stopping: not ready, nothing is closed yet";
      case "closing":
      case "stopped":
        return closingStatus(this.#progress);
    }
  }

  /** On the event loop: a service whose loop stands still gives no sign of life. */
  #watch(periodMs: number): void {
    this.#socket.send("WATCHDOG=1");
    this.#watchdogTimer = setTimeout(() => this.#watch(periodMs), periodMs);
  }
}

/** In whole microseconds. */
function extension(ms: number): string {
  return `EXTEND_TIMEOUT_USEC=${Math.ceil(ms * 1_000)}`;
}

function closingStatus(progress: DrainProgress | undefined): string {
  if (progress === undefined) return "Stopping: closing connections";
  const { clients, closedCleanly, terminated } = progress;
  return `Stopping: ${closedCleanly + terminated} of ${clients} connections closed`;
}
