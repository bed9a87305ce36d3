import { keepsHistory } from "../config/mod.ts";
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
  ({ pattern = "" }, { environment: { hub } }) => {
    if (pattern.length > MAX_PATTERN) return failed(COMMAND_ERRORS.badRequest);
    const inUse = hub.channels().filter(({ channel, subscribers }) =>
      subscribers > 0 && (pattern === "" || isMatch(channel, pattern))
    );
    const named = inUse.map(({ channel, subscribers }) => [channel, { num_clients: subscribers }]);
    return { kind: "result", result: { channels: Object.fromEntries(named) }, isWhole: true };
  },
);

const info = withFields<Readonly<Record<string, never>>>({}, (_request, routes) => {
  const { environment: { hub, clients, node, version }, sessions, startedAt } = routes;
  const inUse = hub.channels();
  const self = {
    uid: node,
    name: "midgard",
    version,
    num_clients: sessions.size,
    num_users: clients.users,
    num_subs: inUse.reduce((sum, { subscribers }) => sum + subscribers, 0),
    num_channels: inUse.length,
    uptime: Math.floor((Date.now() - startedAt) / 1_000),
  };
  return { kind: "result", result: { nodes: [self] } };
});

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
