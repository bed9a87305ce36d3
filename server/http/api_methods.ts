import { keepsHistory } from "../config/mod.ts";
import type { HistoryPage } from "../history/mod.ts";
import {
  COMMAND_ERRORS,
  COUNT,
  FLAG,
  INTEGER,
  objectOf,
  TEXT,
  wireClientInfo,
  wirePublication,
} from "../protocol/mod.ts";
import type { ApiRoutes } from "./api.ts";
import { disconnect, refresh, subscribe, unsubscribe } from "./api_clients.ts";
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
  const present = [...routes.environment.hub.presence.of(named.channel)];
  const clients = Object.fromEntries(present.map(([id, info]) => [id, wireClientInfo(info)]));
  return { kind: "result", result: { presence: clients }, isWhole: true };
});

const presenceStats = withFields<OfChannel>({ channel: TEXT }, ({ channel }, routes) => {
  const named = channelOf(channel, routes);
  if (named.kind !== "channel") return named;
  if (!named.options.presence) return failed(COMMAND_ERRORS.notAvailable);
  const { clients, users } = routes.environment.hub.presence.stats(named.channel);
  return { kind: "result", result: { num_clients: clients, num_users: users }, isWhole: true };
});

interface HistoryCall extends OfChannel {
  readonly limit?: number;
  readonly since?: { readonly offset?: number; readonly epoch?: string };
  readonly reverse?: boolean;
}

/** Payload bytes of one answer. */
const MAX_HISTORY_BYTES = 16 * 1_024 * 1_024;

const history = withFields<HistoryCall>({
  ...{ channel: TEXT, limit: INTEGER, reverse: FLAG },
  since: objectOf({ offset: COUNT, epoch: TEXT }),
}, async (request, routes) => {
  const named = channelOf(request.channel, routes);
  if (named.kind !== "channel") return named;
  if (!keepsHistory(named.options)) return failed(COMMAND_ERRORS.notAvailable);
  const { since, reverse = false } = request;
  if (reverse && since !== undefined && (since.offset ?? 0) === 0) {
    return failed(COMMAND_ERRORS.badRequest);
  }
  const { top, publications } = await readPage(request, named.options.historySize, routes);
  const epoch = since?.epoch ?? "";
  if (epoch !== "" && epoch !== top.epoch) return failed(COMMAND_ERRORS.unrecoverablePosition);
  const wire = publications.map((each) => wirePublication(each, { hasHistory: true }));
  return { kind: "result", result: { publications: wire, ...top }, isWhole: true };
});

/** A limit of 0 asks for the position only, one below 0 for everything. */
async function readPage(
  { channel = "", limit = 0, since, reverse: isReverse = false }: HistoryCall,
  historySize: number,
  { environment: { log } }: ApiRoutes,
): Promise<HistoryPage> {
  if (limit === 0) {
    const [top = { epoch: "", offset: 0 }] = await log.tops([channel]);
    return { top, publications: [], hasMore: false };
  }
  return await log.read(channel, {
    limit: limit < 0 ? historySize : limit,
    maxBytes: MAX_HISTORY_BYTES,
    isReverse,
    ...(since !== undefined && { since: since.offset ?? 0 }),
  });
}

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
  rpc: () => failed(COMMAND_ERRORS.notAvailable),
};
