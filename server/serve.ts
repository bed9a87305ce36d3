import type { ServiceEnvironment, ServiceManager } from "../lifecycle/mod.ts";
import { Lifecycle, listenForSignals, serviceManagerOf } from "../lifecycle/mod.ts";
import { tellCertificate } from "./certificate_notice.ts";
import type { Config, OptionName, ReloadedConfig, Source } from "./config/mod.ts";
import { HistoryFileError } from "./history/mod.ts";
import { missingDescriptors } from "./descriptors.ts";
import { Logger } from "./log.ts";
import { describePortHolder } from "./port_holder.ts";
import { Reloads } from "./reloads.ts";
import { openFiles } from "./open_files.ts";
import { Narrator, urlHost } from "./narrator.ts";
import { RedisError } from "./redis/mod.ts";
import { Server } from "./server.ts";
import type { Tls } from "./tls/mod.ts";

/** What `serve` needs of the process around it. */
export interface ServeOptions {
  readonly config: Config;
  /** Where each option's value came from. */
  readonly sources: Readonly<Record<OptionName, Source>>;
  /** Reads the configuration again, for a server that runs with another one. */
  readonly reload: (running: Config) => Promise<ReloadedConfig>;
  /** Whether log lines go to a terminal. */
  readonly isTerminal: boolean;
  /** Whether any terminal is attached: it decides what SIGHUP means. */
  readonly hasTerminal: boolean;
  readonly hasColour: boolean;
  /** Writes to standard error; may throw when it has gone. */
  readonly write: (text: string) => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => never;
  /** What a service manager that started the process says of itself. */
  readonly environment: ServiceEnvironment;
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
  const onBusy = (isReloading: boolean) => narrator.tellReloading(isReloading);
  const reloads = new Reloads(log, { ...options, onBusy });
  obeySignals(lifecycle, { log, reloads }, options);
  reportUnhandled(log);
  const opened = await openFiles(options);
  if (opened.kind === "refused") return refuse(opened.problems, log);
  const server = new Server({ config, lifecycle, log, ...opened });
  narrator.serviceManager = await findServiceManager(options, { log, server });
  try {
    const address = await server.start();
    if (!lifecycle.stopRequested.aborted) narrator.tellReady(address, server);
    if (opened.tls !== undefined) tellCertificate(log, opened.tls.certificate);
  } catch (error) {
    const { stopRequested } = lifecycle;
    const problem = await startProblem(error, config, { ...opened, stopRequested });
    log.error("start_failed", problem, {});
    return 1;
  }
  lifecycle.ready();
  reloads.begin(server);
  warnOfMissingDescriptors(config, log);
  const report = await server.run();
  narrator.tellStopped(report);
  return report.isComplete ? 0 : 1;
}

/** Says what is wrong with the configuration; gives the exit code. */
function refuse(problems: readonly string[], log: Logger): number {
  for (const problem of problems) log.error("start_failed", problem, {});
  return 2;
}

/**
 * The first signal stops, a later one forces, a hangup without a terminal reloads, and SIGUSR2 turns
 * debug lines on and off. For as long
 * as the process lives: without listeners a late copy of the signal would kill it after the stop.
 */
function obeySignals(
  lifecycle: Lifecycle,
  { log, reloads }: { readonly log: Logger; readonly reloads: Reloads },
  { hasTerminal, exit }: ServeOptions,
): void {
  listenForSignals({
    onStop: (signal) => lifecycle.requestStop(signal),
    onForce: (signal, exitCode) => {
      log.warning("forced", `${signal} again: stopping at once`, { signal, exit_code: exitCode });
      exit(exitCode);
    },
    onReload: () => reloads.request(),
    onUser: (signal) => log.toggleDebug(signal),
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

/** Whom to tell besides the log, if a service manager started this process and wants to know. */
async function findServiceManager(
  { config, environment }: ServeOptions,
  { log, server }: { readonly log: Logger; readonly server: Server },
): Promise<ServiceManager | undefined> {
  return await serviceManagerOf(environment, {
    // For the port, then for the history.
    startTimeoutMs: 2 * config.bindTimeoutMs,
    stopTimeoutMs: config.stopTimeoutMs,
    status: () => `Ready, clients: ${server.clients}`,
    onError: (error) =>
      log.warning("notify_failed", `the service manager cannot be told: ${error}`, {}),
  });
}

async function startProblem(
  error: unknown,
  { host, port }: Config,
  { stopRequested, tls }: {
    readonly stopRequested: AbortSignal;
    readonly tls: Tls | undefined;
  },
): Promise<string> {
  if (stopRequested.aborted) return `Cannot start as ${stopRequested.reason} asked to stop first`;
  const address = `${urlHost(host)}:${port}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return `Cannot listen on ${address} as ${await describePortHolder(urlHost(host), port, tls)}`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `Cannot listen on ${address} as this machine has no such address`;
  }
  if (error instanceof RedisError) return error.message;
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
