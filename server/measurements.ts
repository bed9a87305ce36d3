import type { LifecycleState } from "../lifecycle/mod.ts";
import type { Disconnect } from "./errors.ts";
import type { HistoryUsage } from "./history/mod.ts";
import type { HubUsage } from "./hub/mod.ts";
import type { Counts, LoopLag, Measurements, Sample, Tally, Traffic } from "./metrics/mod.ts";
import { COMMIT, VERSION } from "./version.ts";

/** Redis servers, and whether they can be reached. */
interface RedisSource {
  readonly all: readonly { readonly name: string; readonly isUp: boolean }[];
}

/** Where the numbers of a running server come from; each is asked when it is told. */
export interface MeasurementSources {
  readonly counts: Counts;
  readonly lag: LoopLag;
  readonly state: () => LifecycleState["kind"];
  /** On `performance.now()`'s clock. */
  readonly startedAt: number;
  /** When a stop was asked for, on the same clock; undefined before. */
  readonly stopRequestedAt: () => number | undefined;
  readonly sessions: {
    readonly size: number;
    readonly descriptors: number;
    readonly queuedBytes: number;
    readonly counts: { readonly received: number };
  };
  readonly clients: { readonly size: number; readonly users: number };
  readonly hub: { readonly usage: HubUsage };
  readonly history: { usage(): HistoryUsage };
  /** The Redis servers that history is in, if it is. */
  readonly redis?: RedisSource | undefined;
  /** The other servers that share the history; undefined if there can be none. */
  readonly cluster:
    | { readonly size: number; readonly isCutOff: boolean; readonly failures: number }
    | undefined;
  readonly maxConnections: () => number;
  /** When the TLS certificate expires, in seconds since 1970; undefined without one. */
  readonly certificateExpiresAt: () => number | undefined;
}

const STATES: readonly LifecycleState["kind"][] = [
  ...["starting", "ready", "draining", "closing", "stopped"] as const,
];

/** Every metric's value at this moment. */
export function measure(sources: MeasurementSources): Measurements {
  return {
    ...aboutProcess(sources),
    ...aboutConnections(sources),
    ...aboutTraffic(sources),
    ...aboutCalls(sources.counts),
    ...aboutHistory(sources),
  };
}

/** The numbers that a person wants to see first. */
export function details(
  { counts, sessions, clients, hub, history, cluster, stopRequestedAt }: MeasurementSources,
  data: string,
): Readonly<Record<string, unknown>> {
  const { channels, subscriptions, storingBytes, handingOutBytes } = hub.usage;
  const stopping = stopRequestedAt();
  const traffic = Object.values(counts.traffic);
  const stored = [counts.http, counts.api, ...traffic.map(({ publications }) => publications)];
  return {
    ...(stopping !== undefined && { stopping_s: tenths(performance.now() - stopping) }),
    connections: sessions.size,
    descriptors: sessions.descriptors,
    clients: clients.size,
    users: clients.users,
    channels_in_use: channels,
    subscriptions,
    received: sessions.counts.received,
    publications: stored.reduce((sum, { stored }) => sum + stored, 0),
    deliveries: traffic.reduce((sum, { deliveries }) => sum + deliveries, 0),
    waiting: { bytes: storingBytes + handingOutBytes },
    memory: { bytes: Deno.memoryUsage().rss },
    history: { data, ...history.usage() },
    ...(cluster !== undefined && {
      cluster: { nodes: cluster.size, is_cut_off: cluster.isCutOff },
    }),
  };
}

function tenths(ms: number): number {
  return Math.round(ms / 100) / 10;
}

function aboutProcess(
  { lag, state, startedAt, stopRequestedAt, certificateExpiresAt }: MeasurementSources,
) {
  const now = performance.now();
  const current = state();
  return {
    midgard_build_info: [[VERSION, COMMIT, Deno.version.deno, 1] as Sample],
    midgard_state: STATES.map((each): Sample => [each, each === current ? 1 : 0]),
    midgard_uptime_seconds: (now - startedAt) / 1_000,
    midgard_stop_elapsed_seconds: (now - (stopRequestedAt() ?? now)) / 1_000,
    process_start_time_seconds: performance.timeOrigin / 1_000,
    process_resident_memory_bytes: Deno.memoryUsage().rss,
    midgard_event_loop_lag_seconds: lag.histogram,
    midgard_tls_certificate_expiry_timestamp_seconds: certificateExpiresAt(),
  };
}

function aboutConnections(
  { counts, sessions, clients, cluster, maxConnections }: MeasurementSources,
) {
  return {
    midgard_connections: byProtocol(counts, ({ connections }) => connections),
    midgard_connections_opened_total: byProtocol(counts, ({ opened }) => opened),
    midgard_connections_closed_total: byOutcome(counts, ({ closedCleanly, terminated }) => ({
      ...{ clean: closedCleanly, terminated },
    })),
    midgard_connection_limit: maxConnections(),
    midgard_connection_descriptors: sessions.descriptors,
    midgard_clients: clients.size,
    midgard_users: clients.users,
    midgard_cluster_nodes: cluster?.size,
    midgard_cluster_cut_off: cluster && Number(cluster.isCutOff),
    midgard_cluster_failures_total: cluster?.failures,
    midgard_disconnects_total: byCode(counts.disconnects),
    midgard_unsubscribes_total: byCode(counts.unsubscribes),
    midgard_http_responses_total: [...counts.responses].map(([status, count]): Sample => [
      ...[String(status), count] as const,
    ]),
    midgard_refusals_total: [...counts.refusals.entries()].map(
      ([{ status, code }, count]): Sample => [String(status), code, count],
    ),
  };
}

function aboutTraffic({ counts, hub, sessions }: MeasurementSources) {
  const { channels, subscriptions, storingBytes, handingOutBytes, longestTurnMs } = hub.usage;
  const queued: Sample[] = [
    ["storing", storingBytes],
    ["handing_out", handingOutBytes],
    ["clients", sessions.queuedBytes],
  ];
  return {
    midgard_channels: channels,
    midgard_subscriptions: subscriptions,
    midgard_fan_out_longest_turn_seconds: longestTurnMs / 1_000,
    midgard_publications_total: [
      ...byOutcome(counts, ({ publications }) => ({ ...publications })),
      ...labelled("http", { ...counts.http }),
      ...labelled("api", { ...counts.api }),
    ],
    midgard_deliveries_total: byProtocol(counts, ({ deliveries }) => deliveries),
    midgard_frames_received_total: byProtocol(counts, ({ framesReceived }) => framesReceived),
    midgard_frames_sent_total: byProtocol(counts, ({ framesSent }) => framesSent),
    midgard_received_bytes_total: byProtocol(counts, ({ bytesReceived }) => bytesReceived),
    midgard_sent_bytes_total: byProtocol(counts, ({ bytesSent }) => bytesSent),
    midgard_queued_bytes: queued,
    midgard_recoveries_total: byOutcome(counts, ({ recovered, lost }) => ({ recovered, lost })),
  };
}

function aboutCalls({ commands, apiCalls }: Counts) {
  const errors = (all: [string, number, number][]) =>
    all.map(([method, code, count]): Sample => [method, String(code), count]);
  return {
    midgard_commands_total: commands.calls(),
    midgard_command_errors_total: errors(commands.errors()),
    midgard_api_calls_total: apiCalls.calls(),
    midgard_api_errors_total: errors(apiCalls.errors()),
  };
}

function aboutHistory({ counts, history, redis }: MeasurementSources) {
  const { channels, bytes } = history.usage();
  return {
    midgard_history_channels: channels,
    midgard_history_bytes: bytes,
    midgard_redis_up: (redis?.all ?? []).map(({ name, isUp }): Sample => [name, isUp ? 1 : 0]),
    midgard_history_commit_seconds: counts.commits,
  };
}

function byProtocol({ traffic }: Counts, value: (traffic: Traffic) => number): Sample[] {
  return Object.entries(traffic).map(([protocol, each]) => [protocol, value(each)]);
}

function byOutcome(
  { traffic }: Counts,
  values: (traffic: Traffic) => Readonly<Record<string, number>>,
): Sample[] {
  return Object.entries(traffic).flatMap(([protocol, each]) => labelled(protocol, values(each)));
}

function labelled(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => [label, name, value]);
}

/**
 * Rows that say the same, of different tables, are one. A code that the server API was told to send
 * is not told apart from the others.
 */
function byCode(tally: Tally<Disconnect>): Sample[] {
  const samples = new Map<string, Sample>();
  for (const [{ code, reason }, count] of tally.entries()) {
    const key = `${code} ${reason}`;
    const before = samples.get(key)?.[2] ?? 0;
    samples.set(key, [String(code), reason, Number(before) + count]);
  }
  return [...samples.values(), ["other", "other", tally.others]];
}
