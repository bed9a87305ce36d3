import type { SubscriptionGrant, SubscriptionToken } from "../auth/mod.ts";
import { maySubscribe } from "../auth/mod.ts";
import type { SubscribeRequest } from "../protocol/mod.ts";
import { CLIENT_DISCONNECTS, COMMAND_ERRORS } from "../protocol/mod.ts";
import type { Client } from "./client.ts";
import { isOver } from "./expiry.ts";
import type { ClientSubscriptionOptions } from "./subscription_options.ts";
import { ClientSubscription } from "./client_subscription.ts";
import type { Outcome } from "./command_outcome.ts";
import {
  accessOf,
  ANSWERED,
  answerError,
  disconnected,
  namedChannel,
  refused,
} from "./command_outcome.ts";

/** What begins a subscription. The options are those of the channel: a grant may override them. */
export type Beginning = Omit<ClientSubscriptionOptions, "client">;

/** `subscribe`: what follows waits only for a token to be checked. */
export function subscribe(
  client: Client,
  request: SubscribeRequest,
  id: number,
): Outcome<"subscribe"> | Promise<Outcome<"subscribe">> {
  const named = namedChannel(client, request.channel);
  if (named.kind !== "channel") return named;
  const { channel, options } = named;
  if (client.subscriptions.has(channel)) return refused(COMMAND_ERRORS.alreadySubscribed);
  const { channelLimit } = client.environment.settings().client;
  if (client.subscriptions.size >= channelLimit) return refused(COMMAND_ERRORS.limitExceeded);
  if ((request.type ?? 0) !== 0) return refused(COMMAND_ERRORS.notAvailable);
  if (request.tf === true) return refused(COMMAND_ERRORS.badRequest);
  const onReady = answerTo(client, id);
  const begin = (grant: SubscriptionGrant) => {
    beginSubscription(client, { channel, options, grant, request, isServerSide: false, onReady });
    return ANSWERED;
  };
  const { token = "" } = request;
  if (token !== "") return subscribeWithToken(client, { channel, token, begin });
  const isAllowed = maySubscribe(accessOf(client, named));
  return isAllowed ? begin({}) : refused(COMMAND_ERRORS.permissionDenied);
}

/** Begins a subscription unless there is one, or the connection is about to end. */
export function beginSubscription(client: Client, beginning: Beginning): void {
  if (!client.link.isOpen || client.state !== "connected") {
    client.hold(beginning.channel, beginning.grant);
    return beginning.onReady({ kind: "refused", error: COMMAND_ERRORS.internal });
  }
  // The server may have begun one while the token was checked.
  if (client.subscriptions.has(beginning.channel)) {
    return beginning.onReady({ kind: "refused", error: COMMAND_ERRORS.alreadySubscribed });
  }
  const { grant: { override }, options } = beginning;
  const subscription = new ClientSubscription({
    ...beginning,
    client,
    options: override === undefined ? options : { ...options, ...override },
  });
  client.subscriptions.set(beginning.channel, subscription);
  subscription.start();
}

/** A function of its own, as a subscription keeps it, and with it all that it can see. */
function answerTo(client: Client, id: number): Beginning["onReady"] {
  return (subscribed) => {
    if (subscribed.kind === "subscribed") client.reply(id, "subscribe", subscribed.result);
    else answerError(client, { id, method: "subscribe" }, subscribed.error);
  };
}

async function subscribeWithToken(
  client: Client,
  { channel, token, begin }: {
    channel: string;
    token: string;
    begin: (grant: SubscriptionGrant) => Outcome<"subscribe">;
  },
): Promise<Outcome<"subscribe">> {
  const { verifier, client: options } = client.environment.settings();
  const verified = await verifier.verifySubscription(token);
  switch (verified.kind) {
    case "expired":
      return refused(COMMAND_ERRORS.tokenExpired);
    case "invalid":
      return refused(COMMAND_ERRORS.permissionDenied);
    case "unavailable":
      return refused(COMMAND_ERRORS.internal);
    case "valid": {
      const { grant } = verified.value;
      if (!isFor(client, channel, verified.value)) {
        return disconnected(CLIENT_DISCONNECTS.invalidToken);
      }
      return isOver(grant.expiresAt, options) ? refused(COMMAND_ERRORS.expired) : begin(grant);
    }
  }
}

/** Whether a token is this client's, for this channel. */
export function isFor(client: Client, channel: string, token: SubscriptionToken): boolean {
  const isForClient = token.client === undefined || token.client === client.id;
  return token.channel === channel && token.user === client.user && isForClient;
}
