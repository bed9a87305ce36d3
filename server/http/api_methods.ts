import type { NodeInfo } from "../cluster/mod.ts";
import { keepsHistory } from "../config/mod.ts";
import type { Hub } from "../hub/mod.ts";
import { whenKnown } from "../hub/mod.ts";
import { LOG_LEVELS } from "../log.ts";
import type { HistoryRequest } from "../protocol/mod.ts";
import {
  COMMAND_ERRORS,
  COUNT,
  FLAG,
  INTEGER,
  objectOf,
  TEXT,
  wireClients,
} from "../protocol/mod.ts";
import { isBeforeFirst, readHistory } from "../session/mod.ts";
import { disconnect, refresh, subscribe, unsubscribe } from "./api_clients.ts";
import type { ApiRoutes } from "./api.ts";
import { connectionClose, connections } from "./api_connections.ts";
import type { ApiHandler } from "./api_outcome.ts";
import { channelOf, DONE, failed, withFields } from "./api_outcome.ts";
import { broadcast, publish } from "./api_publish.ts";
import { isMatch, MAX_PATTERN } from "./glob.ts";

interface OfChannel {
  readonly channel?: string;
}

const presence = withFields<OfChannel>({ channel: TEXT }, ({ channel }, routes) => {
  const named = channelOf(channel, routes);
  if (named.kind !== "channel") return named;
  if (!named.options.presence) return failed(COMMAND_ERRORS.notAvailable);
  return whenKnown(routes.environment.members.of(named.channel), (present) => ({
    kind: "result",
    result: { presence: wireClients(present) },
    isWhole: true,
  }));
});

const presenceStats = withFields<OfChannel>({ channel: TEXT }, ({ channel }, routes) => {
  const named = channelOf(channel, routes);
  if (named.kind !== "channel") return named;
  if (!named.options.presence) return failed(COMMAND_ERRORS.notAvailable);
  return whenKnown(routes.environment.members.stats(named.channel), ({ clients, users }) => ({
    kind: "result",
    result: { num_clients: clients, num_users: users },
    isWhole: true,
  }));
});

/** Payload bytes of one answer. */
const MAX_HISTORY_BYTES = 16 * 1_024 * 1_024;

const history = withFields<HistoryRequest>({
  ...{ channel: TEXT, limit: INTEGER, reverse: FLAG },
  since: objectOf({ offset: COUNT, epoch: TEXT }),
}, async (request, routes) => {
  const named = channelOf(request.channel, routes);
  if (named.kind !== "channel") return named;
  if (!keepsHistory(named.options)) return failed(COMMAND_ERRORS.notAvailable);
  if (isBeforeFirst(request)) return failed(COMMAND_ERRORS.badRequest);
  const { channel, options } = named;
  const bounds = { all: options.historySize, max: Infinity, maxBytes: MAX_HISTORY_BYTES };
  const answer = await readHistory(routes.environment.log, { ...request, channel }, bounds);
  return answer.kind === "result" ? { ...answer, isWhole: true } : failed(answer.error);
});

const historyRemove = withFields<OfChannel>({ channel: TEXT }, async ({ channel }, routes) => {
  const named = channelOf(channel, routes);
  if (named.kind !== "channel") return named;
  if (!keepsHistory(named.options)) return failed(COMMAND_ERRORS.notAvailable);
  await routes.environment.log.remove(named.channel);
  return DONE;
});

const channels = withFields<{ readonly pattern?: string }>(
  { pattern: TEXT },
  async ({ pattern = "" }, { environment: { hub }, cluster }) => {
    if (pattern.length > MAX_PATTERN) return failed(COMMAND_ERRORS.badRequest);
    const here = () => ({ value: subscribersIn(hub, pattern), missing: [] });
    const { value, missing } = await cluster?.channels(pattern) ?? here();
    const named = Object.entries(value).map((
      [channel, count],
    ) => [channel, { num_clients: count }]);
    const result = { channels: Object.fromEntries(named), ...lacking(missing) };
    return { kind: "result", result, isWhole: true };
  },
);

/** How many subscribers each channel in use here has that matches a pattern, if that is not empty. */
export function subscribersIn(
  hub: Pick<Hub, "channels">,
  pattern: string,
): Readonly<Record<string, number>> {
  const inUse = hub.channels().filter(({ channel, subscribers }) =>
    subscribers > 0 && (pattern === "" || isMatch(channel, pattern))
  );
  return Object.fromEntries(inUse.map(({ channel, subscribers }) => [channel, subscribers]));
}

/** Says of which nodes an answer knows nothing, if there are such. Not of Centrifugo. */
function lacking(missing: readonly string[]): { readonly missing_nodes?: readonly string[] } {
  return missing.length === 0 ? {} : { missing_nodes: missing };
}

const info = withFields<Readonly<Record<string, never>>>({}, async (_request, routes) => {
  const { value, missing } = await routes.cluster?.info() ??
    { value: [nodeInfo(routes)], missing: [] };
  return { kind: "result", result: { nodes: value, ...lacking(missing) } };
});

/** What this server says of itself. */
export function nodeInfo(
  { environment: { hub, clients, node, version }, sessions, startedAt }: Pick<
    ApiRoutes,
    "environment" | "sessions" | "startedAt"
  >,
): NodeInfo {
  const inUse = hub.channels();
  return {
    uid: node,
    name: "midgard",
    version,
    num_clients: sessions.size,
    num_users: clients.users,
    num_subs: inUse.reduce((sum, { subscribers }) => sum + subscribers, 0),
    num_channels: inUse.length,
    uptime: Math.floor((Date.now() - startedAt) / 1_000),
  };
}

/** Not of Centrifugo: changes the level of the log, if one is given, and tells it. */
const logLevel = withFields<{ readonly level?: string }>(
  { level: TEXT },
  ({ level: name }, { logger }) => {
    const level = LOG_LEVELS.find((each) => each === name);
    if (name !== undefined && level === undefined) return failed(COMMAND_ERRORS.badRequest);
    if (level !== undefined) logger.setLevel(level, "server API");
    return { kind: "result", result: { level: logger.level } };
  },
);

/** The methods of the server API, but for `batch`, which calls them. */
export const API_METHODS: Readonly<Record<string, ApiHandler>> = {
  publish,
  broadcast,
  subscribe,
  unsubscribe,
  disconnect,
  refresh,
  presence,
  presence_stats: presenceStats,
  history,
  history_remove: historyRemove,
  channels,
  info,
  log_level: logLevel,
  connections,
  connection_close: connectionClose,
  rpc: () => failed(COMMAND_ERRORS.notAvailable),
};
