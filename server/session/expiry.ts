import type { SubscriptionGrant } from "../auth/mod.ts";
import type { ClientOptions } from "../config/mod.ts";
import type { RefreshResult } from "../protocol/mod.ts";

/** Seconds since 1970, UTC, as tokens count. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

/** How long something is still good, as results tell it; nothing if for ever. */
export function expiryOf(
  expiresAt: SubscriptionGrant["expiresAt"],
): Pick<RefreshResult, "expires" | "ttl"> {
  if (expiresAt === undefined) return {};
  return { expires: true, ttl: Math.max(1, expiresAt - nowSeconds()) };
}

/** Whether what is granted until `expiresAt` has ended; where everything is allowed, nothing does. */
export function isOver(
  expiresAt: number | undefined,
  { isInsecure }: Pick<ClientOptions, "isInsecure">,
): boolean {
  return expiresAt !== undefined && expiresAt <= nowSeconds() && !isInsecure;
}
