import type { Identity, SubscriptionGrant } from "../auth/mod.ts";
import { mayPosition, mayRecover, personalChannel } from "../auth/mod.ts";
import { channelOptionsOf } from "../config/mod.ts";
import type { ConnectRequest, SubscribeResult } from "../protocol/mod.ts";
import { CLIENT_DISCONNECTS, COMMAND_ERRORS } from "../protocol/mod.ts";
import { isChannelName } from "../publication.ts";
import type { Client } from "./client.ts";
import { isOver } from "./expiry.ts";
import type { Subscribed } from "./subscription_options.ts";
import type { Outcome } from "./command_outcome.ts";
import { ANSWERED, disconnected, refused } from "./command_outcome.ts";
import type { Beginning } from "./subscribe.ts";
import { beginSubscription } from "./subscribe.ts";

type Refused = Exclude<Outcome<"connect">, { readonly kind: "result" | "answered" }>;

/** `connect`: who the client is, and the subscriptions that it has without asking. */
export function connect(
  client: Client,
  request: ConnectRequest,
  id: number,
): Outcome<"connect"> | Promise<Outcome<"connect">> {
  client.connecting();
  const identity = identify(client, request);
  if (!(identity instanceof Promise)) return admit(client, { identity, request, id });
  return identity.then((late) => admit(client, { identity: late, request, id }));
}

interface Connecting {
  readonly identity: Identity | Refused;
  readonly request: ConnectRequest;
  readonly id: number;
}

/** What follows waits only for server-side subscriptions to begin. */
function admit(
  client: Client,
  { identity, request, id }: Connecting,
): Outcome<"connect"> | Promise<Outcome<"connect">> {
  // It may have said something meanwhile for which it had to go.
  if (client.state === "refused") return ANSWERED;
  if ("kind" in identity) return refuse(client, identity);
  const refusal = unwelcome(client, identity);
  if (refusal !== undefined) return refuse(client, refusal);
  const channels = serverSide(client, identity, request);
  if ("kind" in channels) return refuse(client, channels);
  client.connected(identity);
  // Nobody hears the answer any more: what counts is that its publications are its own.
  if (!client.link.isOpen) {
    for (const { channel, grant } of channels) client.hold(channel, grant);
    return ANSWERED;
  }
  makeWay(client);
  if (channels.length > 0) return subscribed(client, channels, id);
  client.reply(id, "connect", connectResult(client, {}));
  return ANSWERED;
}

/** What the channels hold is sent behind the answer. */
async function subscribed(
  client: Client,
  channels: readonly ServerSide[],
  id: number,
): Promise<Outcome<"connect">> {
  client.link.cork();
  const subs = await subscribeAll(client, channels);
  if (!client.link.isOpen) return ANSWERED;
  if (subs === undefined) return refuse(client, disconnected(CLIENT_DISCONNECTS.serverError));
  const result = connectResult(client, subs);
  client.link.uncork(client.link.codec.encode({ kind: "result", id, method: "connect", result }));
  return ANSWERED;
}

function refuse(client: Client, refusal: Refused): Refused {
  client.refuse();
  return refusal;
}

/** Who has no token is let in if the server knows it otherwise, or lets everybody in. */
function identify(
  client: Client,
  { token = "" }: ConnectRequest,
): Identity | Refused | Promise<Identity | Refused> {
  const { client: options } = client.environment.settings();
  if (token === "") {
    const user = client.link.trustedUser;
    const isWelcome = user !== "" || options.allowAnonymousConnectWithoutToken ||
      options.isInsecure;
    if (!isWelcome) return disconnected(CLIENT_DISCONNECTS.badRequest);
    return { user, expiresAt: undefined, info: undefined, subscriptions: new Map() };
  }
  return identifyByToken(client, token);
}

async function identifyByToken(client: Client, token: string): Promise<Identity | Refused> {
  const { client: options, verifier } = client.environment.settings();
  const verified = await verifier.verifyConnection(token);
  switch (verified.kind) {
    case "expired":
      return refused(COMMAND_ERRORS.tokenExpired);
    case "invalid":
      return disconnected(CLIENT_DISCONNECTS.invalidToken);
    case "unavailable":
      return refused(COMMAND_ERRORS.internal);
    case "valid": {
      const isRefused = verified.value.user === "" && options.disallowAnonymousConnectionTokens;
      return isRefused ? disconnected(CLIENT_DISCONNECTS.permissionDenied) : verified.value;
    }
  }
}

/** What keeps out even somebody who is known. */
function unwelcome(client: Client, { user, expiresAt }: Identity): Refused | undefined {
  const { clients, settings } = client.environment;
  const { client: options } = settings();
  if (isOver(expiresAt, options)) return refused(COMMAND_ERRORS.expired);
  const limit = options.userConnectionLimit;
  if (user !== "" && limit > 0 && clients.connectionsOf(user) >= limit) {
    return disconnected(CLIENT_DISCONNECTS.connectionLimit);
  }
  return undefined;
}

type ServerSide = Omit<Beginning, "onReady">;

/** The channels that a token names, and the user's own. */
function serverSide(
  client: Client,
  { user, subscriptions }: Identity,
  { subs = {} }: ConnectRequest,
): ServerSide[] | Refused {
  const { client: options, channels } = client.environment.settings();
  const wanted = new Map<string, SubscriptionGrant>(subscriptions);
  if (options.personalChannel.isEnabled && user !== "") {
    wanted.set(personalChannel(user, options.personalChannel), {});
  }
  if (wanted.size > options.channelLimit) return disconnected(CLIENT_DISCONNECTS.channelLimit);
  const beginnings: ServerSide[] = [];
  for (const [channel, grant] of wanted) {
    const channelOptions = channelOptionsOf(channel, channels);
    if (!isChannelName(channel) || channelOptions === undefined) {
      return refused(COMMAND_ERRORS.unknownChannel);
    }
    if (isOver(grant.expiresAt, options)) return refused(COMMAND_ERRORS.expired);
    // Where to recover from is for the client to say, so it needs the permission to recover.
    const access = { channel, options: channelOptions, user, isInsecure: options.isInsecure };
    const may = { recoverable: mayRecover(access), positioned: mayPosition(access) };
    const request = { ...subs[channel], ...may };
    beginnings.push({ channel, options: channelOptions, grant, request, isServerSide: true });
  }
  return beginnings;
}

/** Ends the user's earlier connections where it may have one only. */
function makeWay(client: Client): void {
  const { clients, settings } = client.environment;
  const { isEnabled, isSingleConnection } = settings().client.personalChannel;
  if (!isEnabled || !isSingleConnection || client.user === "") return;
  for (const other of clients.ofUser(client.user)) {
    if (other !== client) other.link.disconnect(CLIENT_DISCONNECTS.connectionLimit);
  }
}

/** The results by channel; undefined if one could not be begun. */
async function subscribeAll(
  client: Client,
  beginnings: readonly ServerSide[],
): Promise<Record<string, SubscribeResult> | undefined> {
  const results: [string, SubscribeResult][] = [];
  for (const beginning of beginnings) {
    // The server may have begun it while another one was read, and has told the client then.
    if (client.subscriptions.has(beginning.channel)) continue;
    const subscribed = await new Promise<Subscribed>((onReady) =>
      beginSubscription(client, { ...beginning, onReady })
    );
    if (subscribed.kind === "refused") return undefined;
    results.push([beginning.channel, subscribed.result]);
  }
  return Object.fromEntries(results);
}

function connectResult(client: Client, subs: Record<string, SubscribeResult>) {
  const { node, settings, version } = client.environment;
  const { client: options } = settings();
  const { hasPings, stream } = client.link;
  return {
    ...{ client: client.id, version },
    ...(options.isInsecure ? {} : client.expiry),
    ...(Object.keys(subs).length > 0 && { subs }),
    ...(hasPings && { ping: Math.round(options.pingIntervalMs / 1_000), pong: true }),
    ...(stream !== undefined && { session: stream, node }),
    ...(options.connectIncludeServerTime && { time: Date.now() }),
  };
}
