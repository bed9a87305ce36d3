import { format } from "@std/fmt/bytes";
import type { DrainProgress, LifecycleState } from "../lifecycle/mod.ts";
import { Lifecycle, listenForSignals } from "../lifecycle/mod.ts";
import type { Config } from "./config/mod.ts";
import type { HistoryUsage } from "./history/mod.ts";
import { HistoryFileError } from "./history/mod.ts";
import { missingDescriptors } from "./descriptors.ts";
import { StaticFiles } from "./http/mod.ts";
import { Logger } from "./log.ts";
import { describePortHolder } from "./port_holder.ts";
import type { ServerReport } from "./server.ts";
import { Server } from "./server.ts";
import { bannerLines, ProgressBar } from "./terminal/mod.ts";
import { VERSION } from "./version.ts";

/** What `serve` needs of the process around it. */
export interface ServeOptions {
  readonly config: Config;
  /** Whether log lines go to a terminal. */
  readonly isTerminal: boolean;
  /** Whether any terminal is attached: it decides what SIGHUP means. */
  readonly hasTerminal: boolean;
  readonly hasColour: boolean;
  /** Writes to standard error; may throw when it has gone. */
  readonly write: (text: string) => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => never;
}

/** Runs a server until it is stopped; gives the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const { config } = options;
  const log = new Logger({
    format: config.logFormat ?? (options.isTerminal ? "pretty" : "json"),
    level: config.logLevel,
    hasColour: options.hasColour,
    write: options.write,
  });
  const narrator = new Narrator(log, options);
  const lifecycle = new Lifecycle({
    ...config,
    onState: (state) => narrator.tellState(state),
    onProgress: (progress) => narrator.tellProgress(progress),
  });
  obeySignals(lifecycle, log, options);
  reportUnhandled(log);
  const files = await openPublicFolder(config, log);
  if (files === "refused") return 2;
  const server = new Server({ config, lifecycle, log, files });
  try {
    const address = await server.start();
    if (!lifecycle.stopRequested.aborted) narrator.tellReady(address, server);
  } catch (error) {
    const problem = lifecycle.stopRequested.aborted
      ? `Cannot start as ${lifecycle.stopRequested.reason} asked to stop first`
      : await startProblem(error, config);
    log.error("start_failed", problem, {});
    return 1;
  }
  lifecycle.ready();
  warnOfMissingDescriptors(config, log);
  const report = await server.run();
  narrator.tellStopped(report);
  return report.isComplete ? 0 : 1;
}

/**
 * The first signal stops, a later one forces, and a hangup without a terminal reloads. For as long
 * as the process lives: without listeners a late copy of the signal would kill it after the stop.
 */
function obeySignals(
  lifecycle: Lifecycle,
  log: Logger,
  { hasTerminal, exit }: ServeOptions,
): void {
  listenForSignals({
    onStop: (signal) => lifecycle.requestStop(signal),
    onForce: (signal, exitCode) => {
      log.warning("forced", `${signal} again: stopping at once`, { signal, exit_code: exitCode });
      exit(exitCode);
    },
    onReload: () => log.info("reload", "SIGHUP: there is nothing to reload in this version", {}),
  }, { hasTerminal });
}

/** A bug in one place must not throw every client out; it is said as loudly as can be. */
function reportUnhandled(log: Logger): void {
  const report = (reason: unknown) => {
    const error = reason instanceof Error ? reason.stack ?? reason.message : String(reason);
    log.error("internal_error", `a bug in Midgard, please report it: ${error}`, { error });
  };
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    report(event.reason);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    report(event.error);
  });
}

/** The folder of `--public`; one that cannot be served is a mistake in the configuration. */
async function openPublicFolder(
  { publicFolder }: Config,
  log: Logger,
): Promise<StaticFiles | undefined | "refused"> {
  if (publicFolder === undefined) return undefined;
  try {
    return await StaticFiles.open(publicFolder);
  } catch (error) {
    const rule = `Cannot start as "--public" must be a folder that can be read`;
    log.error("start_failed", `${rule}: current value is "${publicFolder}" (${error})`, {});
    return "refused";
  }
}

/** Says what happens, to people or to programs. */
class Narrator {
  readonly #log: Logger;
  readonly #options: ServeOptions;
  #bar: ProgressBar | undefined;

  constructor(log: Logger, options: ServeOptions) {
    this.#log = log;
    this.#options = options;
  }

  tellReady({ hostname, port }: Deno.NetAddr, { history }: Server): void {
    const startup_ms = Math.round(performance.now());
    const url = `http://${urlHost(hostname)}:${port}`;
    if (this.#log.format === "json") {
      const fields = { url, port, pid: Deno.pid, startup_ms, version: VERSION };
      return this.#log.info("ready", "ready", fields);
    }
    const lines = bannerLines({
      url,
      startupMs: startup_ms,
      history: describeHistory(this.#options.config.data, history),
      hasColour: this.#options.hasColour,
    });
    this.#log.write(lines.join("\n"));
  }

  tellState(state: LifecycleState): void {
    if (state.kind === "draining") {
      // The terminal has just echoed ^C: begin the line anew.
      if (this.#log.format === "pretty" && this.#options.isTerminal) this.#log.draw("\r");
      this.#log.info("draining", `${state.signal}: stopping`, { signal: state.signal });
    }
    if (state.kind !== "closing") return;
    this.#log.info("closing", "closing connections", { signal: state.signal });
    if (this.#log.format === "json" || !this.#options.isTerminal) return;
    this.#bar = new ProgressBar({ label: "closing", write: (text) => this.#log.draw(text) });
  }

  tellProgress({ clients, closedCleanly, terminated }: DrainProgress): void {
    this.#bar?.update(closedCleanly + terminated, clients);
  }

  tellStopped(report: ServerReport): void {
    this.#bar?.clear();
    for (const { step, error } of report.problems) {
      this.#log.error("stop_problem", `${step}: ${error}`, { step, error: String(error) });
    }
    if (this.#options.config.data === "memory") {
      const { channels, bytes } = report.history;
      const text = `history was in memory: ${channels} channels are forgotten`;
      this.#log.info("history_forgotten", text, { channels, bytes });
    }
    const fields = {
      signal: report.signal,
      clients: report.clients,
      closed_cleanly: report.closedCleanly,
      terminated: report.terminated,
      received: report.received,
      received_while_closing: report.receivedWhileClosing,
      duration_ms: report.durationMs,
    };
    this.#log.info("stopped", stoppedSentence(report), fields);
  }
}

function describeHistory(data: string, { channels, bytes }: HistoryUsage): string {
  if (data === "memory") return "in memory, forgotten on stop";
  return `${data}, ${channels} channels, ${format(bytes, { binary: true })}`;
}

function stoppedSentence(report: ServerReport): string {
  const { signal, clients, closedCleanly, terminated, durationMs } = report;
  const { received, receivedWhileClosing } = report;
  return `Stopped by ${signal} in ${durationMs} ms: ${clients} clients, ${closedCleanly} closed ` +
    `cleanly, ${terminated} terminated; ${received} messages received, ` +
    `${receivedWhileClosing} while closing`;
}

/** A URL that can be opened: nobody can connect to "any address". */
function urlHost(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") return "localhost";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

async function startProblem(error: unknown, { host, port }: Config): Promise<string> {
  const address = `${urlHost(host)}:${port}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return `Cannot listen on ${address} as ${await describePortHolder(urlHost(host), port)}`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `Cannot listen on ${address} as this machine has no such address`;
  }
  if (error instanceof HistoryFileError) return `Cannot open history: ${error.message}`;
  return `Cannot start on ${address}: ${error}`;
}

/** Not while starting: those who waited for the port come first. */
const TRY_DESCRIPTORS_AFTER_MS = 1_000;

function warnOfMissingDescriptors({ maxConnections }: Config, log: Logger): void {
  setTimeout(() => {
    const available = missingDescriptors(maxConnections);
    if (available === undefined) return;
    const text = `file descriptors suffice for about ${available} connections, --max-connections ` +
      `is ${maxConnections}: raise the limit with ulimit -n`;
    log.info("few_descriptors", text, { available, max_connections: maxConnections });
  }, TRY_DESCRIPTORS_AFTER_MS);
}
