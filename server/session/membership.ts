import type { Membership } from "../hub/mod.ts";
import type { Client } from "./client.ts";
import type { ClientSubscription } from "./client_subscription.ts";

/** What others may be told of a subscription; undefined if nobody is told, and it tells nobody. */
export function membershipOf(
  client: Client,
  { channel, options: { presence, joinLeave }, wantsNotices }: ClientSubscription,
): Membership | undefined {
  if (!presence && !joinLeave && !wantsNotices) return undefined;
  return { channel, info: client.infoIn(channel), presence, joinLeave, wantsNotices };
}
