import type { Identity, SubscriptionToken } from "../auth/mod.ts";
import { isNameAllowed } from "../auth/mod.ts";
import type { ChannelOptions, ClientOptions, HttpApiOptions } from "../config/mod.ts";
import { channelOptionsOf } from "../config/mod.ts";
import type { Refusal } from "../errors.ts";
import { REFUSALS } from "../errors.ts";
import type { ClientSettings } from "../session/mod.ts";
import { isOver } from "../session/mod.ts";
import { hasApiKey } from "./api_key.ts";

/** What a reload of the configuration may change for requests. */
export interface HttpSettings extends ClientSettings {
  readonly api: HttpApiOptions;
}

/** Who sends a request, and what the channel in it allows. */
export interface Caller {
  readonly kind: "caller";
  readonly channel: string;
  readonly options: ChannelOptions;
  /** Empty for anonymous callers. */
  readonly user: string;
  /** Whether a token names this very channel. */
  readonly hasGrant: boolean;
  /** Whether everything is allowed: with the API key, or where no rules are. */
  readonly isInsecure: boolean;
  /** Unix seconds; undefined for never. */
  readonly expiresAt: number | undefined;
}

/** A request that may not go on. */
export interface RefusedCaller {
  readonly kind: "refused";
  readonly refusal: Refusal;
}

/**
 * Finds out who sends a request about a channel. Programs with the API key may do everything. Others
 * show a token, as `Authorization: Bearer` or as `?token=`, because browsers cannot set a header on
 * a WebSocket: a connection token says who they are, a subscription token what they may join.
 *
 * @returns at once where there is no token to be checked.
 */
export function identifyCaller(
  request: Request,
  channel: string,
  settings: HttpSettings,
): Caller | RefusedCaller | Promise<Caller | RefusedCaller> {
  const options = channelOptionsOf(channel, settings.channels);
  if (options === undefined) return refused(REFUSALS.unknownChannel);
  if (!isNameAllowed(channel, options)) return refused(REFUSALS.badChannel);
  const { client } = settings;
  const caller = {
    ...{ kind: "caller", channel, options, user: "", hasGrant: false } as const,
    ...{ isInsecure: client.isInsecure, expiresAt: undefined },
  };
  const query = new URL(request.url).searchParams;
  const key = hasApiKey(request, query, settings.api);
  if (key === "wrong") return refused(REFUSALS.unauthorized);
  if (key === "right") return { ...caller, isInsecure: true };
  const token = bearerToken(request.headers) ?? query.get("token") ?? "";
  if (token !== "") return checkToken(token, caller, settings);
  const user = trustedUser(request.headers, settings);
  const isWelcome = user !== "" || client.allowAnonymousConnectWithoutToken || client.isInsecure;
  return isWelcome ? { ...caller, user } : refused(REFUSALS.unauthorized);
}

/** The user as a trusted proxy names it; empty if it names none. */
export function trustedUser(headers: Headers, { client }: ClientSettings): string {
  if (client.userIdHttpHeader === undefined) return "";
  return headers.get(client.userIdHttpHeader) ?? "";
}

async function checkToken(
  token: string,
  caller: Caller,
  { verifier, client }: HttpSettings,
): Promise<Caller | RefusedCaller> {
  const connection = await verifier.verifyConnection(token);
  if (connection.kind === "valid") return withIdentity(caller, connection.value, client);
  if (connection.kind === "expired") return refused(REFUSALS.unauthorized);
  const subscription = await verifier.verifySubscription(token);
  if (subscription.kind === "valid") return withGrant(caller, subscription.value, client);
  const isUnchecked = connection.kind === "unavailable" || subscription.kind === "unavailable";
  return refused(isUnchecked ? REFUSALS.keysUnavailable : REFUSALS.unauthorized);
}

function withGrant(
  caller: Caller,
  { channel, user, client: boundTo, grant: { expiresAt } }: SubscriptionToken,
  { isInsecure }: ClientOptions,
): Caller | RefusedCaller {
  // What is for one client of the Centrifuge protocol is for nobody who has no id there.
  if (channel !== caller.channel || boundTo !== undefined) return refused(REFUSALS.notAllowed);
  if (isOver(expiresAt, { isInsecure })) return refused(REFUSALS.unauthorized);
  return { ...caller, user, hasGrant: true, expiresAt: isInsecure ? undefined : expiresAt };
}

function withIdentity(
  caller: Caller,
  { user, expiresAt, subscriptions }: Identity,
  { isInsecure, disallowAnonymousConnectionTokens }: ClientOptions,
): Caller | RefusedCaller {
  const isRefused = user === "" && disallowAnonymousConnectionTokens;
  if (isRefused) return refused(REFUSALS.notAllowed);
  if (isOver(expiresAt, { isInsecure })) return refused(REFUSALS.unauthorized);
  const grant = subscriptions.get(caller.channel);
  const hasGrant = grant !== undefined && !isOver(grant.expiresAt, { isInsecure });
  if (isInsecure) return { ...caller, user, hasGrant };
  const ends = hasGrant ? [expiresAt, grant.expiresAt] : [expiresAt];
  return { ...caller, user, hasGrant, expiresAt: earliest(ends) };
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function bearerToken(headers: Headers): string | undefined {
  return /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}

function refused(refusal: Refusal): RefusedCaller {
  return { kind: "refused", refusal };
}
