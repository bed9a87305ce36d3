import { isChannelName, type Payload } from "../publication.ts";
import type { ClaimReader } from "./claim_reader.ts";
import type {
  ChannelOverride,
  Identity,
  SubscriptionGrant,
  SubscriptionToken,
} from "./identity.ts";
import { expiryOf } from "./registered_claims.ts";

/** Reads the claims of a connection token. What is wrong with them is the reader's fault. */
export function identityOf(claims: ClaimReader, userIdClaim: string): Identity {
  if (claims.text("channel")) claims.refuse("channel", "not be in a connection token");
  return {
    user: claims.id(userIdClaim) ?? "",
    expiresAt: expiryOf(claims),
    info: infoOf(claims),
    subscriptions: subscriptionsOf(claims),
  };
}

/** Reads the claims of a subscription token. What is wrong with them is the reader's fault. */
export function subscriptionTokenOf(claims: ClaimReader, userIdClaim: string): SubscriptionToken {
  const channel = claims.text("channel") ?? "";
  if (!isChannelName(channel)) claims.refuse("channel", "be the name of a channel");
  return {
    channel,
    user: claims.id(userIdClaim) ?? "",
    client: claims.text("client") || undefined,
    grant: grantOf(claims, expiryOf(claims)),
  };
}

/** `subs` where there are any, else `channels`; as in Centrifugo they do not add up. */
function subscriptionsOf(claims: ClaimReader): Map<string, SubscriptionGrant> {
  const channels = claims.texts("channels").map((name): [string, SubscriptionGrant] => [name, {}]);
  const subs = claims.objects("subs").map(([name, grant]): [string, SubscriptionGrant] => [
    name,
    grantOf(grant, grant.seconds("expire_at") || undefined),
  ]);
  for (const [claim, entries] of Object.entries({ channels, subs })) {
    const isNamed = entries.every(([name]) => isChannelName(name));
    if (!isNamed) claims.refuse(claim, "hold names of channels only");
  }
  return new Map(subs.length > 0 ? subs : channels);
}

function grantOf(claims: ClaimReader, expiresAt: number | undefined): SubscriptionGrant {
  const [info, data, override] = [infoOf(claims), dataOf(claims), overrideOf(claims)];
  return {
    ...(expiresAt !== undefined && { expiresAt }),
    ...(info !== undefined && { info }),
    ...(data !== undefined && { data }),
    ...(override !== undefined && { override }),
  };
}

/** `b64info` where it is there, else `info`; both as JSON text. */
function infoOf(claims: ClaimReader): string | undefined {
  const info = claims.json("info");
  const bytes = claims.bytes("b64info");
  if (bytes === undefined) return info;
  return jsonTextOf(bytes) ?? claims.refuse("b64info", "be JSON in base64");
}

function dataOf(claims: ClaimReader): Payload | undefined {
  const json = claims.json("data");
  const bytes = claims.bytes("b64data");
  if (bytes === undefined) return json === undefined ? undefined : { kind: "json", text: json };
  const text = jsonTextOf(bytes);
  return text === undefined ? { kind: "binary", bytes } : { kind: "json", text };
}

const OVERRIDES = {
  presence: "presence",
  joinLeave: "join_leave",
  forcePushJoinLeave: "force_push_join_leave",
  forcePositioning: "force_positioning",
  forceRecovery: "force_recovery",
} as const satisfies Record<keyof ChannelOverride, string>;

/** Each option is `{"value": true}`; one without a value is false, as in Centrifugo. */
function overrideOf(claims: ClaimReader): ChannelOverride | undefined {
  const override = claims.object("override");
  if (override === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(OVERRIDES).flatMap(([option, claim]) => {
      const value = override.object(claim);
      return value === undefined ? [] : [[option, value.boolean("value") ?? false]];
    }),
  );
}

function jsonTextOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}
