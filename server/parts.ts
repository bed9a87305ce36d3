import type { InFlight, Lifecycle } from "../lifecycle/mod.ts";
import type { Cluster } from "./cluster/mod.ts";
import { joinMeeting } from "./cluster_node.ts";
import type { Config } from "./config/mod.ts";
import { channelOptionsOf, keepsHistory, OPTIONS } from "./config/mod.ts";
import type { HistoryLog, OpenedHistory } from "./history/mod.ts";
import type { HealthRoutes, Routes, StaticFiles } from "./http/mod.ts";
import { answerWith, API_METHODS, isFromHere, requestHandler } from "./http/mod.ts";
import { Hub, LocalMembers } from "./hub/mod.ts";
import { ConnectionLimits } from "./limits/mod.ts";
import type { Logger } from "./log.ts";
import type { Meeting } from "./meeting.ts";
import type { MeasurementSources } from "./measurements.ts";
import { details, measure } from "./measurements.ts";
import { Counts, exposition, LoopLag } from "./metrics/mod.ts";
import { CLIENT_DISCONNECTS, UNSUBSCRIBES } from "./protocol/mod.ts";
import type { ClientEnvironment } from "./session/mod.ts";
import {
  ClientRegistry,
  ClientSessions,
  COMMAND_METHODS,
  QueueWatch,
  SessionRegistry,
  TimerWheel,
} from "./session/mod.ts";
import type { Settings } from "./settings.ts";
import type { Tls } from "./tls/mod.ts";
import { VERSION } from "./version.ts";

/** Everything that exists once history is open. */
export interface Parts {
  readonly history: HistoryLog;
  readonly hub: Hub;
  readonly sessions: SessionRegistry;
  readonly handler: Deno.ServeHandler<Deno.NetAddr>;
  /** The other servers that share the history; undefined if there can be none. */
  readonly cluster: Cluster | undefined;
}

/** What the parts are made of. */
export interface PartsOptions {
  readonly config: Config;
  readonly settings: Settings;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
  /** Static files to serve at `/`, if any. */
  readonly files: StaticFiles | undefined;
  /** What TLS is spoken with, if it is. */
  readonly tls: Tls | undefined;
  readonly history: OpenedHistory;
  /** Where it meets the other servers that share the history. */
  readonly meeting?: Meeting | undefined;
  readonly requests: InFlight;
  readonly counts: Counts;
  /** On `performance.now()`'s clock. */
  readonly startedAt: number;
}

/** Counts for everything that a server may be asked and may answer. */
export function newCounts(log?: Logger): Counts {
  return new Counts({
    ...(log !== undefined && { log }),
    disconnects: Object.values(CLIENT_DISCONNECTS),
    unsubscribes: Object.values(UNSUBSCRIBES),
    commands: COMMAND_METHODS,
    apiMethods: Object.keys(API_METHODS),
  });
}

/** Seconds after which a silent plain peer is cut; the platform pings it after half of them. */
const IDLE_TIMEOUT_S = 60;

/** Builds hub, sessions and routes, and connects them. */
export function buildParts(options: PartsOptions): Parts {
  const { config: { closeTimeoutMs }, log, history: { log: history }, lifecycle, counts } = options;
  const wheel = new TimerWheel();
  const hub = buildHub({ ...options, isFull: () => watch.isFull });
  const settings = () => options.settings.current;
  const sessions = new SessionRegistry({
    ...{ hub, wheel, closeTimeoutMs, counts },
    maxQueuedBytes: () => settings().client.queueMaxSize,
    messageBounds: () => settings().client,
    onGivenUp: (count) =>
      log.warning("given_up", `${count} did not answer the Close in time`, { clients: count }),
  });
  const watch = watchQueues(options, sessions);
  const onError = (error: unknown) =>
    log.error("request_failed", `a request failed: ${error}`, { error: String(error) });
  const clients = new ClientRegistry();
  const limits = new ConnectionLimits(() => settings().client, clients);
  const node = crypto.randomUUID();
  const members = new LocalMembers(hub);
  const cluster: Cluster | undefined = options.meeting &&
    joinMeeting(options.meeting, { hub, members, wheel, node, inside: (): Shared => api });
  const environment = {
    ...{ hub, log: history, clients, wheel, counts, settings, node, onError },
    members: cluster?.members ?? members,
    version: `Midgard ${VERSION}`,
  };
  const shared = {
    ...{ hub, log: history, sessions, limits, counts, settings, onError, node, environment },
    cluster,
    isAccepting: () => lifecycle.isAccepting,
    maxConnections: () => options.settings.config.maxConnections,
    clients: new ClientSessions(sessions, environment, { closeTimeoutMs }),
  };
  const sources = sourcesOf(options, { hub, sessions, environment, cluster });
  const health = healthOf(options, sources);
  const api = { ...shared, logger: log, isLocal: health.isLocal, startedAt: Date.now() };
  const handler = buildHandler(options, api, { health, sources });
  return { history, hub, sessions, handler, cluster };
}

function watchQueues(
  { log, lifecycle, settings, counts }: PartsOptions,
  sessions: SessionRegistry,
): QueueWatch {
  const traffic = Object.values(counts.traffic);
  return new QueueWatch({
    sessions,
    movedBytes: () =>
      traffic.reduce((sum, { bytesSent, bytesReceived }) => sum + bytesSent + bytesReceived, 0),
    maxBytes: () => settings.current.client.totalQueueMaxSize,
    isStopping: () => !lifecycle.isAccepting,
    onCut: ({ clients, bytes }) => {
      const text = `${clients} clients were closed, as ${bytes} bytes waited for all together`;
      log.warning("queues_cut", text, { clients, bytes });
    },
  });
}

function buildHub(
  { history, log, settings, counts, isFull }: PartsOptions & { readonly isFull: () => boolean },
): Hub {
  return new Hub({
    isFull,
    log: history.log,
    broker: history.broker,
    commits: counts.commits,
    hasHistory: (channel) => {
      const options = channelOptionsOf(channel, settings.current.channels);
      return options !== undefined && keepsHistory(options);
    },
    onStoring: (reason) => {
      if (reason === undefined) {
        log.warning("store_restored", "publications are stored again", {});
      } else log.error("store_failed", `publications cannot be stored: ${reason}`, { reason });
    },
  });
}

/** What routes and guards have in common. */
type Shared = Routes["channels"] & Routes["streams"] & Routes["api"];

function buildHandler(
  { settings, files, requests, counts }: PartsOptions,
  shared: Shared,
  { health, sources }: { readonly health: HealthRoutes; readonly sources: MeasurementSources },
): Deno.ServeHandler<Deno.NetAddr> {
  const { onError } = shared;
  const { origins } = settings;
  const metrics = { ...health, exposition: () => exposition(measure(sources)) };
  const answer = answerWith({
    ...{ channels: shared, streams: shared, api: shared, health, metrics, origins, files, onError },
  });
  const guards = { ...shared, origins, idleTimeoutS: IDLE_TIMEOUT_S };
  return requestHandler({ guards, answer, hosts: settings, requests, counts, onError });
}

/** What can be asked how it is. */
type Inside = Pick<Parts, "hub" | "sessions" | "cluster"> & {
  readonly environment: ClientEnvironment;
};

function sourcesOf(
  { counts, history, lifecycle, settings, startedAt, tls }: PartsOptions,
  { hub, sessions, cluster, environment: { clients } }: Inside,
): MeasurementSources {
  const certificateExpiresAt = tls && tls.certificate.notAfterMs / 1_000;
  let stopRequestedAt: number | undefined;
  const { stopRequested } = lifecycle;
  stopRequested.addEventListener("abort", () => stopRequestedAt = performance.now());
  return {
    ...{ counts, lag: new LoopLag(), startedAt, sessions, clients, hub, history: history.log },
    ...{ redis: history.servers, cluster },
    state: () => lifecycle.state.kind,
    stopRequestedAt: () => stopRequestedAt,
    maxConnections: () => settings.config.maxConnections,
    certificateExpiresAt: () => certificateExpiresAt,
  };
}

/** What a server says of itself; numbers only once it has any. */
export function healthOf(
  { config, lifecycle, settings, startedAt, history }:
    & Pick<
      PartsOptions,
      "config" | "lifecycle" | "settings" | "startedAt"
    >
    & Partial<Pick<PartsOptions, "history">>,
  sources?: MeasurementSources,
): HealthRoutes {
  return {
    startedAt,
    state: () => lifecycle.state.kind,
    isLocal: (headers, { remoteAddr }) =>
      isFromHere(headers, remoteAddr.hostname, settings.current.client),
    settings: () => settings.current,
    problem: () => history?.servers?.problem,
    details: () =>
      sources === undefined ? {} : details(sources, OPTIONS.data.type.print(config.data)),
  };
}
