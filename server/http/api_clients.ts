import type { ChannelOverride } from "../auth/mod.ts";
import type { Disconnect } from "../errors.ts";
import type { Field, SubscribeRequest, SubscribeResult } from "../protocol/mod.ts";
import {
  CLIENT_DISCONNECTS,
  COMMAND_ERRORS,
  COUNT,
  DATA,
  FLAG,
  INTEGER,
  objectOf,
  parseJson,
  TEXT,
  TEXTS,
  UNSUBSCRIBES,
} from "../protocol/mod.ts";
import type { Payload } from "../publication.ts";
import type { Client } from "../session/mod.ts";
import { beginSubscription, isOver } from "../session/mod.ts";
import type { ApiRoutes } from "./api.ts";
import { channelOf, dataOf, DONE, failed, withFields } from "./api_outcome.ts";

const TARGET = { user: TEXT, client: TEXT, session: TEXT };

interface Target {
  readonly user?: string;
  readonly client?: string;
  readonly session?: string;
}

/** The connections that a call is about; nobody, if it names nobody. */
function clientsOf({ user, client = "", session = "" }: Target, routes: ApiRoutes): Client[] {
  const { clients } = routes.environment;
  const named = client === "" ? undefined : clients.find(client);
  const candidates = client === "" ? clients.ofUser(user ?? "") : named ? [named] : [];
  if (user === undefined && client === "" && session === "") return [];
  return candidates.filter((each) =>
    (user === undefined || user === "" || each.user === user) &&
    (session === "" || each.link.stream === session)
  );
}

interface Switch {
  readonly value?: boolean;
}

const SWITCH: Field = objectOf({ value: FLAG });

/** `subscribe`: a server-side subscription for each connection of a user. */
export const subscribe = withFields<
  Target & {
    readonly channel?: string;
    readonly info?: Payload;
    readonly b64info?: string;
    readonly data?: Payload;
    readonly b64data?: string;
    readonly expire_at?: number;
    readonly recover_since?: { readonly offset?: number; readonly epoch?: string };
    readonly override?: Readonly<Record<string, Switch>>;
  }
>({
  ...TARGET,
  ...{ channel: TEXT, info: DATA, b64info: TEXT, data: DATA, b64data: TEXT, expire_at: COUNT },
  recover_since: objectOf({ offset: COUNT, epoch: TEXT }),
  override: objectOf({
    ...{ presence: SWITCH, join_leave: SWITCH, force_recovery: SWITCH },
    ...{ force_positioning: SWITCH, force_push_join_leave: SWITCH },
  }),
}, async (request, routes) => {
  const named = channelOf(request.channel, routes);
  if (named.kind !== "channel") return named;
  const { channel, options } = named;
  const { client: settings } = routes.settings();
  if (isOver(request.expire_at || undefined, settings)) return failed(COMMAND_ERRORS.badRequest);
  const info = dataOf({ data: request.info, b64data: request.b64info });
  const data = dataOf(request);
  const grant = {
    ...(info?.kind === "json" && { info: info.text }),
    ...(data !== undefined && { data }),
    ...((request.expire_at ?? 0) > 0 && { expiresAt: request.expire_at }),
    override: overrideOf(request.override ?? {}),
  };
  const since = request.recover_since;
  const wanted: SubscribeRequest = {
    ...{ recoverable: true, positioned: true, recover: since !== undefined },
    ...since,
  };
  const targets = clientsOf(request, routes).filter(({ subscriptions }) =>
    !subscriptions.has(channel)
  );
  if (targets.some(({ subscriptions }) => subscriptions.size >= settings.channelLimit)) {
    return failed(COMMAND_ERRORS.limitExceeded);
  }
  await Promise.all(
    targets.map((client) =>
      new Promise<void>((resolve) =>
        beginSubscription(client, {
          ...{ channel, options, grant, request: wanted, isServerSide: true },
          onReady: (subscribed) => {
            if (subscribed.kind === "subscribed") tell(client, channel, subscribed.result);
            resolve();
          },
        })
      )
    ),
  );
  return DONE;
});

/** What a client is told about a subscription that it did not ask for, and what it missed there. */
function tell(client: Client, channel: string, result: SubscribeResult): void {
  const { recoverable, positioned, epoch, offset, data, publications = [] } = result;
  const body = { recoverable, positioned, epoch, offset, data };
  client.send({ kind: "push", channel, push: "subscribe", body });
  for (const publication of publications) {
    client.send({ kind: "push", channel, push: "pub", body: publication });
  }
}

function overrideOf(override: Readonly<Record<string, Switch>>): ChannelOverride {
  const { presence, join_leave, force_recovery, force_positioning, force_push_join_leave } =
    override;
  return {
    ...(presence?.value !== undefined && { presence: presence.value }),
    ...(join_leave?.value !== undefined && { joinLeave: join_leave.value }),
    ...(force_recovery?.value !== undefined && { forceRecovery: force_recovery.value }),
    ...(force_positioning?.value !== undefined && { forcePositioning: force_positioning.value }),
    ...(force_push_join_leave?.value !== undefined && {
      forcePushJoinLeave: force_push_join_leave.value,
    }),
  };
}

/** `unsubscribe`: ends a subscription, or with an empty channel all, of a user's connections. */
export const unsubscribe = withFields<Target & { readonly channel?: string }>(
  { ...TARGET, channel: TEXT },
  (request, routes) => {
    const { channel = "" } = request;
    for (const client of clientsOf(request, routes)) {
      for (const subscription of [...client.subscriptions.values()]) {
        if (channel !== "" && subscription.channel !== channel) continue;
        client.unsubscribe(subscription, UNSUBSCRIBES.server);
      }
    }
    return DONE;
  },
);

/** `disconnect`: ends a user's connections, but for those on the whitelist. */
export const disconnect = withFields<
  Target & {
    readonly whitelist?: readonly string[];
    readonly disconnect?: { readonly code?: number; readonly reason?: string };
  }
>({
  ...TARGET,
  whitelist: TEXTS,
  disconnect: objectOf({ code: INTEGER, reason: TEXT }),
}, (request, routes) => {
  const { whitelist = [], disconnect: own } = request;
  const { forceDisconnect } = CLIENT_DISCONNECTS;
  const wanted = own === undefined
    ? forceDisconnect
    : { code: own.code ?? forceDisconnect.code, reason: own.reason || forceDisconnect.reason };
  if (!isSendable(wanted)) return failed(COMMAND_ERRORS.badRequest);
  for (const client of clientsOf(request, routes)) {
    if (!whitelist.includes(client.id)) client.expel(wanted);
  }
  return DONE;
});

/**
 * RFC 6455 7.4.2 and 5.5: codes for applications, and a reason that fits beside one in a frame. Old
 * clients take a reason that is JSON for advice.
 */
function isSendable({ code, reason }: Disconnect): boolean {
  if (code < 3_000 || code > 4_999) return false;
  return new TextEncoder().encode(reason).byteLength <= 123 &&
    parseJson(reason) === undefined;
}

/** `refresh`: gives a user's connections another end, or ends them as expired. */
export const refresh = withFields<
  Target & { readonly expired?: boolean; readonly expire_at?: number; readonly info?: Payload }
>({ ...TARGET, expired: FLAG, expire_at: COUNT, info: DATA }, (request, routes) => {
  const { expired = false, expire_at = 0, info } = request;
  for (const client of clientsOf(request, routes)) {
    if (expired || isOver(expire_at || undefined, routes.settings().client)) {
      client.expel(CLIENT_DISCONNECTS.expired);
      continue;
    }
    client.refreshed(
      expire_at > 0 ? expire_at : undefined,
      info?.kind === "json" ? info.text : undefined,
    );
    client.send({ kind: "push", channel: "", push: "refresh", body: client.expiry });
  }
  return DONE;
});
