/**
 * Operating system signals, turned into decisions. The one file that registers signal listeners.
 *
 * @module
 */

/** What a signal means at a given moment. */
export type SignalDecision = "stop" | "ignore" | "force" | "reload";

/** Options of {@linkcode SignalPolicy}. */
export interface SignalPolicyOptions {
  /**
   * Milliseconds after the first signal from which on a further one forces. `deno task` passes a
   * terminal's Ctrl-C on, so that one key press arrives twice, 8 to 15 ms apart.
   * @default 500
   */
  readonly forceAfterMs?: number;
  /**
   * Whether the process has a terminal. With one, SIGHUP means that it is gone, and stops; without
   * one it is the traditional request to reload.
   */
  readonly hasTerminal: boolean;
}

/** Decides what each signal means; keeps no time of its own. */
export class SignalPolicy {
  readonly #forceAfterMs: number;
  readonly #hasTerminal: boolean;
  #firstAtMs: number | undefined;

  constructor({ forceAfterMs = 500, hasTerminal }: SignalPolicyOptions) {
    this.#forceAfterMs = forceAfterMs;
    this.#hasTerminal = hasTerminal;
  }

  /** The meaning of `signal`, arriving at `atMs` of a clock that never jumps. */
  decide(signal: Deno.Signal, atMs: number): SignalDecision {
    if (signal === "SIGHUP" && !this.#hasTerminal) return "reload";
    if (this.#firstAtMs === undefined) {
      this.#firstAtMs = atMs;
      return "stop";
    }
    return atMs - this.#firstAtMs >= this.#forceAfterMs ? "force" : "ignore";
  }
}

const SIGNAL_NUMBERS: Partial<Record<Deno.Signal, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGTERM: 15,
  SIGBREAK: 21,
};

/** The exit status of a process that `signal` ended: 128 + its number (POSIX shells). */
export function signalExitCode(signal: Deno.Signal): number {
  return 128 + (SIGNAL_NUMBERS[signal] ?? 0);
}

/** What to do about signals. A handler must not throw: that would end the process. */
export interface SignalHandlers {
  /** The first SIGINT, SIGTERM or SIGBREAK, or SIGHUP from a terminal that has gone. */
  readonly onStop: (signal: Deno.Signal) => void;
  /** A further one, {@linkcode SignalPolicyOptions.forceAfterMs} or more after the first. */
  readonly onForce: (signal: Deno.Signal, exitCode: number) => void;
  /** SIGHUP without a terminal. */
  readonly onReload: () => void;
  /** SIGUSR2, where there is one; without a handler it ends the process, as is its default. */
  readonly onUser?: (signal: Deno.Signal) => void;
}

/**
 * Listens for signals until disposed. Signals that arrive while the event loop is blocked reach
 * the process as one. Do not dispose before the process ends: removing the listeners restores the
 * default action, and a late copy of the first Ctrl-C would kill the process after a clean stop.
 */
export function listenForSignals(
  handlers: SignalHandlers,
  options: SignalPolicyOptions,
): Disposable {
  const policy = new SignalPolicy(options);
  const registered: [Deno.Signal, () => void][] = [];
  const listen = (signal: Deno.Signal, listener: () => void) => {
    Deno.addSignalListener(signal, listener);
    registered.push([signal, listener]);
  };
  const isWindows = Deno.build.os === "windows";
  for (const signal of isWindows ? WINDOWS_SIGNALS : UNIX_SIGNALS) {
    listen(signal, () => act(signal, policy.decide(signal, performance.now()), handlers));
  }
  const { onUser } = handlers;
  if (onUser !== undefined && !isWindows) listen(USER_SIGNAL, () => onUser(USER_SIGNAL));
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of registered) Deno.removeSignalListener(signal, listener);
    },
  };
}

const UNIX_SIGNALS: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Not SIGUSR1: some runtimes open their debugger's port on it, whoever listens. */
const USER_SIGNAL: Deno.Signal = "SIGUSR2";
const WINDOWS_SIGNALS: readonly Deno.Signal[] = ["SIGINT", "SIGBREAK"];

function act(signal: Deno.Signal, decision: SignalDecision, handlers: SignalHandlers): void {
  switch (decision) {
    case "stop":
      return handlers.onStop(signal);
    case "force":
      return handlers.onForce(signal, signalExitCode(signal));
    case "reload":
      return handlers.onReload();
    case "ignore":
      return;
  }
}
