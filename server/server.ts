import type { Lifecycle, StopReport } from "../lifecycle/mod.ts";
import { InFlight, Listener } from "../lifecycle/mod.ts";
import type { Config } from "./config/mod.ts";
import { isLoopback } from "./config/mod.ts";
import type { HistoryLog, HistoryUsage } from "./history/mod.ts";
import { MemoryLog } from "./history/mod.ts";
import { answerWith, OriginPolicy, requestHandler, StaticFiles } from "./http/mod.ts";
import { Hub } from "./hub/mod.ts";
import type { Logger } from "./log.ts";
import type { SessionCounts } from "./session/mod.ts";
import { SessionRegistry } from "./session/mod.ts";

/** What {@linkcode Server} is made of. */
export interface ServerOptions {
  readonly config: Config;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
}

/** How a server's life ended. */
export interface ServerReport extends StopReport, SessionCounts {}

/** Bytes of the largest message, over any protocol. */
const MAX_MESSAGE_BYTES = 65_536;

/** Seconds after which a silent peer is cut; the platform pings it after half of them. */
const IDLE_TIMEOUT_S = 60;

/** Connections that the kernel may hold ready; with the runtime's 511 a burst of clients is dropped. */
const TCP_BACKLOG = 4_096;

/** The composition root: builds every part, knows the order in which they stop. */
export class Server {
  readonly #options: ServerOptions;
  readonly #history: HistoryLog;
  readonly #hub: Hub;
  readonly #sessions: SessionRegistry;
  readonly #requests = new InFlight();
  readonly #listener: Listener;
  #files: StaticFiles | undefined;
  #startedAt = performance.now();

  constructor(options: ServerOptions) {
    const { config, log } = options;
    this.#options = options;
    this.#history = new MemoryLog({
      retention: { size: config.historySize, ttlMs: config.historyTtlMs },
    });
    this.#hub = new Hub({ log: this.#history });
    this.#sessions = new SessionRegistry({
      hub: this.#hub,
      closeTimeoutMs: config.closeTimeoutMs,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      onGivenUp: (count) =>
        log.warning("given_up", `${count} did not answer the Close in time`, { clients: count }),
    });
    this.#listener = new Listener((signal, port) => this.#serve(signal, port), {
      port: config.port,
      bindTimeoutMs: config.bindTimeoutMs,
      onLost: (error) => log.error("accept_failed", `cannot accept: ${error}`, {}),
      onRestored: (ms) => log.warning("accept_restored", "accepting again", { after_ms: ms }),
    });
  }

  /**
   * Opens everything and binds the port.
   *
   * @throws {Deno.errors.AddrInUse} and what `StaticFiles.open` throws.
   */
  async start(): Promise<Deno.NetAddr> {
    const { publicFolder } = this.#options.config;
    if (publicFolder !== undefined) this.#files = await StaticFiles.open(publicFolder);
    const address = await this.#listener.bind();
    this.#startedAt = performance.now();
    return address;
  }

  /** How much history there is. */
  get history(): HistoryUsage {
    return this.#history.usage();
  }

  /** Runs until the lifecycle is asked to stop, then stops. */
  async run(): Promise<ServerReport> {
    const report = await this.#options.lifecycle.untilStopped({
      connections: this.#sessions,
      requests: this.#requests,
      listener: this.#listener,
      resources: [
        { name: "publications", close: () => this.#hub.stored() },
        { name: "history", close: () => this.#history.close() },
      ],
    });
    return { ...report, ...this.#sessions.counts };
  }

  /** The one `Deno.serve`; called again if the runtime's accept loop ends. */
  #serve(signal: AbortSignal, port: number): Deno.HttpServer<Deno.NetAddr> {
    const { host: hostname } = this.#options.config;
    const options = { hostname, port, signal, tcpBacklog: TCP_BACKLOG, onListen: () => {} };
    return Deno.serve(options, this.#handler());
  }

  #handler(): Deno.ServeHandler<Deno.NetAddr> {
    const { config, lifecycle, log } = this.#options;
    const origins = new OriginPolicy(config.allowedOrigins);
    const isAccepting = () => lifecycle.isAccepting;
    const onError = (error: unknown) =>
      log.error("request_failed", `a request failed: ${error}`, { error: String(error) });
    const answer = answerWith({
      channels: {
        hub: this.#hub,
        log: this.#history,
        isAccepting,
        maxMessageBytes: MAX_MESSAGE_BYTES,
      },
      health: {
        startedAt: this.#startedAt,
        state: () => lifecycle.state.kind,
        isLocal: ({ remoteAddr }) => isLoopback(remoteAddr.hostname),
      },
      origins,
      files: this.#files,
      onError,
    });
    const guards = {
      sessions: this.#sessions,
      origins,
      isAccepting,
      maxConnections: config.maxConnections,
      idleTimeoutS: IDLE_TIMEOUT_S,
    };
    return requestHandler({ guards, answer, requests: this.#requests, onError });
  }
}
