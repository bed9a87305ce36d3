/** What a metric is. */
export interface MetricDefinition {
  readonly type: "counter" | "gauge" | "histogram";
  /** Their values are from fixed tables: never a channel, a user or an address. */
  readonly labels: readonly string[];
  /** One line without a full stop. */
  readonly help: string;
}

/**
 * Every metric that `GET /metrics` tells, in its order. The table in the README is made from this
 * one. Base units; `_total` for what only grows (prometheus.io/docs/practices/naming).
 */
export const METRICS = {
  midgard_build_info: {
    type: "gauge",
    labels: ["version", "commit", "deno"],
    help: "Always 1; its labels say what runs",
  },
  midgard_state: {
    type: "gauge",
    labels: ["state"],
    help: "1 for the state that the server is in: starting, ready, draining, closing or stopped",
  },
  midgard_uptime_seconds: {
    type: "gauge",
    labels: [],
    help: "Time since the server began to start",
  },
  midgard_stop_elapsed_seconds: {
    type: "gauge",
    labels: [],
    help: "Time since a stop was asked for; 0 without one",
  },
  process_start_time_seconds: {
    type: "gauge",
    labels: [],
    help: "When the process began, in seconds since 1970",
  },
  process_resident_memory_bytes: { type: "gauge", labels: [], help: "Resident memory" },
  midgard_event_loop_lag_seconds: {
    type: "histogram",
    labels: [],
    help: "How late a timer of 100 ms fired, measured from the first scrape on",
  },
  midgard_fan_out_longest_turn_seconds: {
    type: "gauge",
    labels: [],
    help: "The longest turn of the event loop in which publications were handed out, of all so far",
  },
  midgard_tls_certificate_expiry_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When the TLS certificate expires, in seconds since 1970; absent without TLS",
  },
  midgard_connections: {
    type: "gauge",
    labels: ["protocol"],
    help: "Sockets and streams: connecting, open or closing",
  },
  midgard_connections_opened_total: {
    type: "counter",
    labels: ["protocol"],
    help: "Connections that were taken in",
  },
  midgard_connections_closed_total: {
    type: "counter",
    labels: ["protocol", "outcome"],
    help: "Connections that ended, clean with the peer's own Close code or a stream read to its " +
      "end, else terminated",
  },
  midgard_connection_limit: {
    type: "gauge",
    labels: [],
    help: "Descriptors that connections may hold; further ones are refused",
  },
  midgard_connection_descriptors: {
    type: "gauge",
    labels: [],
    help: "Descriptors held by connections, those included that were given up and that the " +
      "runtime still holds",
  },
  midgard_clients: {
    type: "gauge",
    labels: [],
    help: "Connected clients of the Centrifuge protocol",
  },
  midgard_users: {
    type: "gauge",
    labels: [],
    help: "Different users among the clients; all anonymous ones count as one",
  },
  midgard_cluster_nodes: {
    type: "gauge",
    labels: [],
    help: "Servers that share the history and live, with this one; absent where it stands alone",
  },
  midgard_cluster_cut_off: {
    type: "gauge",
    labels: [],
    help: "1 while the other servers cannot be reached",
  },
  midgard_cluster_failures_total: {
    type: "counter",
    labels: [],
    help: "What could not be sent to other servers, asked of them or written for them",
  },
  midgard_disconnects_total: {
    type: "counter",
    labels: ["code", "reason"],
    help:
      "Closes that the server sent and streams that it ended, by code; other for codes chosen " +
      "in the server API",
  },
  midgard_unsubscribes_total: {
    type: "counter",
    labels: ["code", "reason"],
    help: "Subscriptions that the server ended on a connection that stayed",
  },
  midgard_http_responses_total: {
    type: "counter",
    labels: ["status"],
    help: "HTTP answers, upgrades among them as 101",
  },
  midgard_refusals_total: {
    type: "counter",
    labels: ["status", "reason"],
    help: "Requests that were refused, by the code in the answer",
  },
  midgard_channels: {
    type: "gauge",
    labels: [],
    help: "Channels with subscribers or with something to hand out",
  },
  midgard_subscriptions: { type: "gauge", labels: [], help: "Subscriptions of all protocols" },
  midgard_publications_total: {
    type: "counter",
    labels: ["protocol", "outcome"],
    help: "Publications by the way they came and what became of them",
  },
  midgard_deliveries_total: {
    type: "counter",
    labels: ["protocol"],
    help: "Publications sent to subscribers, live or replayed, one for each subscriber",
  },
  midgard_frames_received_total: {
    type: "counter",
    labels: ["protocol"],
    help: "Data frames from clients; for streams the bodies sent with and beside them",
  },
  midgard_frames_sent_total: {
    type: "counter",
    labels: ["protocol"],
    help: "Data frames to clients, several messages in one where the protocol allows it",
  },
  midgard_received_bytes_total: {
    type: "counter",
    labels: ["protocol"],
    help: "Bytes in the received frames; text counts UTF-16 units",
  },
  midgard_sent_bytes_total: {
    type: "counter",
    labels: ["protocol"],
    help: "Bytes in the sent frames; text counts UTF-16 units",
  },
  midgard_queued_bytes: {
    type: "gauge",
    labels: ["queue"],
    help:
      "Bytes that wait to be stored, to be handed out, or for clients: to be sent, or carried out",
  },
  midgard_recoveries_total: {
    type: "counter",
    labels: ["protocol", "outcome"],
    help: "Subscriptions that came with a position: recovered without a gap, or lost",
  },
  midgard_commands_total: {
    type: "counter",
    labels: ["method"],
    help: "Commands of the Centrifuge protocol",
  },
  midgard_command_errors_total: {
    type: "counter",
    labels: ["method", "code"],
    help: "Commands that were answered with an error",
  },
  midgard_api_calls_total: {
    type: "counter",
    labels: ["method"],
    help: "Calls of the server API, those in a batch one by one",
  },
  midgard_api_errors_total: {
    type: "counter",
    labels: ["method", "code"],
    help: "Calls of the server API that failed",
  },
  midgard_history_channels: { type: "gauge", labels: [], help: "Channels in history" },
  midgard_history_bytes: {
    type: "gauge",
    labels: [],
    help: "Size of the history file; in memory an estimate, with Redis all that it holds",
  },
  midgard_redis_up: {
    type: "gauge",
    labels: ["server"],
    help: "1 for a Redis server that can be reached, else 0; absent without Redis",
  },
  midgard_history_commit_seconds: {
    type: "histogram",
    labels: [],
    help: "Time that a step of storing took: all publications of a turn of the event loop",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** The metrics as a table in Markdown. */
export function metricsTable(): string {
  const rows = Object.entries<MetricDefinition>(METRICS).map(([name, { type, labels, help }]) =>
    `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`
  );
  return ["| metric | type | labels | what |", "|---|---|---|---|", ...rows].join("\n") + "\n";
}

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;
