import { isOfFormat, mayPublish, mayReadHistory, maySeePresence } from "../auth/mod.ts";
import { keepsHistory } from "../config/mod.ts";
import type { Asked } from "../hub/mod.ts";
import { whenKnown } from "../hub/mod.ts";
import type { HistoryRequest, Method } from "../protocol/mod.ts";
import { CLIENT_DISCONNECTS, COMMAND_ERRORS, wireClients } from "../protocol/mod.ts";
import type { Payload } from "../publication.ts";
import type { Client } from "./client.ts";
import type { Handler, Outcome, Request } from "./command_outcome.ts";
import {
  accessOf,
  ANSWERED,
  answerError,
  disconnected,
  namedChannel,
  refused,
} from "./command_outcome.ts";
import { connect } from "./connect.ts";
import { isBeforeFirst, readHistory } from "./history_page.ts";
import { refresh, subRefresh } from "./refresh.ts";
import { subscribe } from "./subscribe.ts";

/** What each command does. */
const COMMANDS: { readonly [M in Method]: Handler<M> } = {
  connect,
  subscribe,
  unsubscribe,
  publish,
  presence,
  presence_stats: presenceStats,
  history,
  rpc: () => refused(COMMAND_ERRORS.notAvailable),
  send: () => disconnected(CLIENT_DISCONNECTS.notAvailable),
  refresh,
  sub_refresh: subRefresh,
  ping: () => refused(COMMAND_ERRORS.notAvailable),
};

/** The name of every command. */
export const COMMAND_METHODS: readonly string[] = Object.keys(COMMANDS);

/** Carries one command out. The first one has to be `connect`, and none may be a second one. */
export function carryOut(client: Client, command: Request): Outcome | Promise<Outcome> {
  const isConnect = command.method === "connect";
  if (isConnect !== (client.state === "new")) return disconnected(CLIENT_DISCONNECTS.badRequest);
  // The table pairs each method with the handler of its own requests.
  const handler = COMMANDS[command.method] as Handler<Method>;
  return handler(client, command.params, command.id) as Outcome | Promise<Outcome>;
}

function unsubscribe(
  client: Client,
  { channel }: { readonly channel?: string },
): Outcome<"unsubscribe"> {
  const named = namedChannel(client, channel);
  if (named.kind !== "channel") return named;
  client.leaveChannel(named.channel);
  return { kind: "result", result: {} };
}

/** What is published by who sends no data: some channels take that, too. */
const NO_DATA: Payload = { kind: "binary", bytes: new Uint8Array() };

/** What follows does not wait for the answer: it comes once the publication is stored. */
function publish(
  client: Client,
  { channel, data = NO_DATA, type = 0 }: {
    readonly channel?: string;
    readonly data?: Payload;
    readonly type?: number;
  },
  id: number,
): Outcome<"publish"> {
  const named = namedChannel(client, channel);
  if (named.kind !== "channel") return named;
  const { hub } = client.environment;
  if (type !== 0) return refused(COMMAND_ERRORS.notAvailable);
  if (!mayPublish(accessOf(client, named))) return refused(COMMAND_ERRORS.permissionDenied);
  if (!isOfFormat(data, named.options)) return refused(COMMAND_ERRORS.badRequest);
  if (hub.isOverloaded) return refused(COMMAND_ERRORS.tooManyRequests);
  hub.publish({
    channel: named.channel,
    payload: data,
    info: client.infoIn(named.channel),
    hasDelta: named.options.deltaPublish,
    counts: client.link.traffic.publications,
    onAppended: ({ kind }) => {
      if (kind !== "failed") return client.reply(id, "publish", {});
      answerError(client, { id, method: "publish" }, COMMAND_ERRORS.internal);
    },
  });
  return ANSWERED;
}

function presence(
  client: Client,
  { channel }: { readonly channel?: string },
): Asked<Outcome<"presence">> {
  const named = namedPresence(client, channel);
  if (named.kind !== "channel") return named;
  return whenKnown(client.environment.members.of(named.channel), (present) => ({
    kind: "result",
    result: { presence: wireClients(present) },
  }));
}

function presenceStats(
  client: Client,
  { channel }: { readonly channel?: string },
): Asked<Outcome<"presence_stats">> {
  const named = namedPresence(client, channel);
  if (named.kind !== "channel") return named;
  return whenKnown(client.environment.members.stats(named.channel), ({ clients, users }) => ({
    kind: "result",
    result: { num_clients: clients, num_users: users },
  }));
}

function namedPresence(client: Client, channel: string | undefined) {
  const named = namedChannel(client, channel);
  if (named.kind !== "channel") return named;
  if (!named.options.presence) return refused(COMMAND_ERRORS.notAvailable);
  if (!maySeePresence(accessOf(client, named))) return refused(COMMAND_ERRORS.permissionDenied);
  // Nobody would read it.
  return client.link.isOpen ? named : ANSWERED;
}

async function history(client: Client, request: HistoryRequest): Promise<Outcome<"history">> {
  const named = namedChannel(client, request.channel);
  if (named.kind !== "channel") return named;
  const { channel, options } = named;
  if (!keepsHistory(options)) return refused(COMMAND_ERRORS.notAvailable);
  if (!mayReadHistory(accessOf(client, named))) return refused(COMMAND_ERRORS.permissionDenied);
  if (isBeforeFirst(request)) return refused(COMMAND_ERRORS.badRequest);
  // What was sent before has to fit into the queue with it.
  if (!await client.link.drained()) client.link.disconnect(CLIENT_DISCONNECTS.slow);
  if (!client.link.isOpen) return ANSWERED;
  const { log, settings } = client.environment;
  const { historyMaxPublicationLimit: max, queueMaxSize } = settings().client;
  const bounds = { all: max, max, maxBytes: queueMaxSize / 2 };
  return await readHistory(log, { ...request, channel }, bounds);
}
