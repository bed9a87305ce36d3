import type { RefreshRequest, SubRefreshRequest } from "../protocol/mod.ts";
import { CLIENT_DISCONNECTS, COMMAND_ERRORS } from "../protocol/mod.ts";
import type { Client } from "./client.ts";
import { expiryOf, isOver } from "./expiry.ts";
import type { Outcome } from "./command_outcome.ts";
import { disconnected, namedChannel, refused } from "./command_outcome.ts";
import { isFor } from "./subscribe.ts";

/** `refresh`: a new connection token of the same user. */
export async function refresh(
  client: Client,
  { token = "" }: RefreshRequest,
): Promise<Outcome<"refresh">> {
  if (token === "") return disconnected(CLIENT_DISCONNECTS.badRequest);
  const { settings, version } = client.environment;
  const verified = await settings().verifier.verifyConnection(token);
  switch (verified.kind) {
    case "expired":
      return disconnected(CLIENT_DISCONNECTS.expired);
    case "invalid":
      return disconnected(CLIENT_DISCONNECTS.invalidToken);
    case "unavailable":
      return refused(COMMAND_ERRORS.internal);
    case "valid":
      if (verified.value.user !== client.user) {
        return disconnected(CLIENT_DISCONNECTS.invalidToken);
      }
      if (isOver(verified.value.expiresAt, settings().client)) {
        return refused(COMMAND_ERRORS.expired);
      }
      client.refreshed(verified.value.expiresAt, verified.value.info);
      return { kind: "result", result: { client: client.id, version, ...client.expiry } };
  }
}

/** `sub_refresh`: a new subscription token for a channel that is subscribed to. */
export async function subRefresh(
  client: Client,
  { channel: name, token = "" }: SubRefreshRequest,
): Promise<Outcome<"sub_refresh">> {
  const named = namedChannel(client, name);
  if (named.kind !== "channel") return named;
  const { channel } = named;
  if (token === "") return disconnected(CLIENT_DISCONNECTS.badRequest);
  if (!client.subscriptions.has(channel)) return refused(COMMAND_ERRORS.permissionDenied);
  const verified = await client.environment.settings().verifier.verifySubscription(token);
  switch (verified.kind) {
    case "expired":
      return disconnected(CLIENT_DISCONNECTS.subscriptionExpired);
    case "invalid":
      return disconnected(CLIENT_DISCONNECTS.invalidToken);
    case "unavailable":
      return refused(COMMAND_ERRORS.internal);
    case "valid": {
      if (!isFor(client, channel, verified.value)) {
        return disconnected(CLIENT_DISCONNECTS.invalidToken);
      }
      const { expiresAt } = verified.value.grant;
      if (isOver(expiresAt, client.environment.settings().client)) {
        return refused(COMMAND_ERRORS.expired);
      }
      client.subscriptions.get(channel)?.refreshed(expiresAt);
      return { kind: "result", result: expiryOf(expiresAt) };
    }
  }
}
