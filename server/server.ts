import { delay } from "@std/async";
import type { Lifecycle, StopReport } from "../lifecycle/mod.ts";
import { InFlight, Listener } from "../lifecycle/mod.ts";
import type { Config } from "./config/mod.ts";
import { REFUSALS } from "./errors.ts";
import type { HistoryUsage, OpenedHistory } from "./history/mod.ts";
import { HistoryFileError, openHistory, retentionOf } from "./history/mod.ts";
import { historyNarration } from "./history_narration.ts";
import type { StaticFiles } from "./http/mod.ts";
import { refuse, startingHandler } from "./http/mod.ts";
import type { Logger } from "./log.ts";
import type { Meeting } from "./meeting.ts";
import type { Counts } from "./metrics/mod.ts";
import type { Parts } from "./parts.ts";
import { buildParts, healthOf, newCounts } from "./parts.ts";
import type { SessionCounts } from "./session/mod.ts";
import { Settings } from "./settings.ts";
import type { Tls } from "./tls/mod.ts";
import { changedTlsFiles } from "./tls/mod.ts";

/** What {@linkcode Server} is made of. */
export interface ServerOptions {
  readonly config: Config;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
  /** Static files to serve at `/`, if any. */
  readonly files: StaticFiles | undefined;
  /** What to speak TLS with, if it is to be spoken. */
  readonly tls: Tls | undefined;
}

/** How a server's life ended. */
export interface ServerReport extends StopReport, SessionCounts {
  /** What was in history when it was closed. */
  readonly history: HistoryUsage;
}

/** Connections that the kernel may hold ready; with the runtime's 511 a burst of clients is dropped. */
const TCP_BACKLOG = 4_096;

/** How often a history file that another process holds is tried again, within the bind timeout. */
const LOCK_RETRY_MS = 50;

/** The composition root: builds every part, knows the order in which they start and stop. */
export class Server {
  readonly #options: ServerOptions;
  readonly #requests = new InFlight();
  readonly #counts: Counts;
  readonly #listener: Listener;
  readonly #startedAt = performance.now();
  readonly #settings: Settings;
  #parts: Parts | undefined;

  constructor(options: ServerOptions) {
    const { config, log } = options;
    this.#options = options;
    this.#counts = newCounts(log);
    this.#settings = new Settings(config);
    this.#listener = new Listener((signal, port) => this.#serve(signal, port), {
      port: config.port,
      bindTimeoutMs: config.bindTimeoutMs,
      onLost: (error) => log.error("accept_failed", `cannot accept: ${error}`, {}),
      onRestored: (ms) => log.warning("accept_restored", "accepting again", { after_ms: ms }),
    });
  }

  /**
   * Binds the port, then opens history. In this order, because of two servers started by mistake
   * the second should hear about the port; until history is open every request gets 503.
   *
   * @throws {Deno.errors.AddrInUse | HistoryFileError}
   */
  async start(): Promise<Deno.NetAddr> {
    const { stopRequested } = this.#options.lifecycle;
    const address = await this.#listener.bind(stopRequested);
    try {
      const history = await this.#openHistory();
      this.#parts = buildParts({
        ...this.#options,
        ...{ settings: this.#settings, requests: this.#requests, counts: this.#counts },
        startedAt: this.#startedAt,
        ...{ history, meeting: await this.#meetingOf(history) },
      });
      await this.#parts.cluster?.start();
    } catch (error) {
      await this.#listener.close();
      throw error;
    }
    return address;
  }

  /** Takes over what of a new configuration can be taken over without a restart. */
  reload(config: Config): void {
    this.#settings.replace(config);
  }

  /** The keys of TLS files that have been replaced since the start: new ones take a restart. */
  async changedTlsFiles(): Promise<readonly string[]> {
    const { tls } = this.#options;
    return tls === undefined ? [] : await changedTlsFiles(tls, this.config);
  }

  /** The configuration in force. */
  get config(): Config {
    return this.#settings.config;
  }

  /** Sockets and streams that are open. */
  get clients(): number {
    return this.#started.sessions.size;
  }

  /** How much history there is. */
  get history(): HistoryUsage {
    return this.#started.history.usage();
  }

  /** Runs until the lifecycle is asked to stop, then stops. */
  async run(): Promise<ServerReport> {
    const { history, hub, sessions, cluster } = this.#started;
    let usage = history.usage();
    const closeHistory = () => {
      usage = history.usage();
      return history.close();
    };
    const report = await this.#options.lifecycle.untilStopped({
      connections: sessions,
      requests: this.#requests,
      listener: this.#listener,
      resources: [
        { name: "publications", close: () => hub.stored() },
        // What it says to the others goes over the same connections as history.
        ...(cluster === undefined ? [] : [{ name: "cluster", close: () => cluster.stop() }]),
        { name: "history", close: closeHistory },
      ],
    });
    return { ...report, ...sessions.counts, history: usage };
  }

  get #started(): Parts {
    if (this.#parts === undefined) throw new TypeError("Cannot run as the server is not started");
    return this.#parts;
  }

  /** The one `Deno.serve`; called again if the runtime's accept loop ends. */
  #serve(signal: AbortSignal, port: number): Deno.HttpServer<Deno.NetAddr> {
    const { config: { host: hostname }, tls } = this.#options;
    // Told of a stream that was cut off, too: the runtime's own would print a stack.
    const onError = () => refuse(REFUSALS.internal);
    const options = {
      hostname,
      port,
      signal,
      tcpBacklog: TCP_BACKLOG,
      onListen: () => {},
      onError,
      ...(tls !== undefined && { cert: tls.cert, key: tls.key }),
    };
    const parts = { ...this.#options, startedAt: this.#startedAt, settings: this.#settings };
    const starting = startingHandler({ health: healthOf(parts), counts: this.#counts });
    return Deno.serve(
      options,
      (request, info) => (this.#parts?.handler ?? starting)(request, info),
    );
  }

  /** What it takes to have company is read only by those that share their history. */
  async #meetingOf({ servers }: OpenedHistory): Promise<Meeting | undefined> {
    if (servers === undefined) return undefined;
    const { meetOverRedis } = await import("./meeting.ts");
    return meetOverRedis(servers, this.#options.log);
  }

  /** A server that is just stopping frees its port before its history: it is waited for. */
  async #openHistory(): Promise<OpenedHistory> {
    const { config, lifecycle, log } = this.#options;
    const endsAt = performance.now() + config.bindTimeoutMs;
    const narration = historyNarration(log);
    while (true) {
      try {
        return await openHistory(config, {
          retention: (channel) => retentionOf(channel, this.#settings.current.channels),
          ...narration,
        });
      } catch (error) {
        const isLocked = error instanceof HistoryFileError && error.isLocked;
        if (!isLocked || performance.now() >= endsAt) throw error;
        await delay(LOCK_RETRY_MS, { signal: lifecycle.stopRequested });
      }
    }
  }
}
