import { mayPublish } from "../auth/mod.ts";
import { REFUSALS } from "../errors.ts";
import type { CentrifugeCodec } from "../protocol/mod.ts";
import type { ClientSessions } from "../session/mod.ts";
import type { Admission, Refused, Visit } from "./admission.ts";
import { noRoom } from "./admission.ts";
import type { Caller, HttpSettings, RefusedCaller } from "./caller.ts";
import { identifyCaller, trustedUser } from "./caller.ts";
import { channelName, mayJoin, mayRead } from "./channels.ts";
import { codecOfSocket } from "./codecs.ts";
import { hostOf } from "./host.ts";
import type { OriginPolicy } from "./origin.ts";
import { rawPath } from "./path.ts";
import { queryOf, wholeNumber } from "./query.ts";
import { refuse } from "./refuse.ts";

/** What decides whether a request may become a WebSocket. */
export interface UpgradeGuards extends Admission {
  readonly clients: ClientSessions;
  readonly origins: OriginPolicy;
  /** As of now. */
  readonly settings: () => HttpSettings;
  /** Seconds after which a silent peer is cut; it is pinged after half of them. */
  readonly idleTimeoutS: number;
}

/** Whether the client asks for a WebSocket, well or badly. */
export function wantsUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * The one path by which a WebSocket is made. `Deno.upgradeWebSocket` checks next to nothing, so
 * every rule is a guard here. Everything the session needs is read before the upgrade: after it
 * the request is closed to us.
 */
export function upgrade(visit: Visit, guards: UpgradeGuards): Response | Promise<Response> {
  const { request } = visit;
  const path = rawPath(request.url);
  const isClient = path === CLIENT_PATH;
  const segment = /^\/channels\/([^/]+)$/.exec(path)?.[1];
  const refused = badHandshake(request) ?? unwelcome(visit, guards) ??
    (isClient ? undefined : badChannel(segment));
  if (refused !== undefined) return refuse(refused.refusal, refused.headers);
  if (isClient) return upgradeClient(visit, guards);
  const channel = channelName(segment ?? "") ?? "";
  const caller = identifyCaller(request, channel, guards.settings());
  if (!(caller instanceof Promise)) return upgradePlain(visit, caller, guards);
  // Checking a token may have taken its time.
  return caller.then((late) => upgradePlain(visit, late, guards));
}

/** Where clients of the Centrifuge protocol connect. */
const CLIENT_PATH = "/connection/websocket";

function upgradePlain(
  visit: Visit,
  caller: Caller | RefusedCaller,
  guards: UpgradeGuards,
): Response {
  const { sessions, settings, limits, idleTimeoutS: idleTimeout } = guards;
  const { request, address } = visit;
  if (caller.kind === "refused") return refuse(caller.refusal);
  const query = queryOf(request.url);
  const history = wholeNumber(query.get("history"), 0);
  if (history === "bad") return refuse(REFUSALS.badQuery);
  const isAllowed = mayJoin(caller) && (history === 0 || mayRead(caller));
  if (!isAllowed) return refuse(REFUSALS.notAllowed);
  const { channel, options, user, isInsecure, expiresAt } = caller;
  const newcomer = { address, user };
  const full = noRoom(newcomer, guards);
  if (full !== undefined) return refuse(full.refusal, full.headers);
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout });
  sessions.add(socket, {
    ...{ channel, options, user, isInsecure, history, expiresAt },
    place: limits.enter(newcomer),
    hasEcho: query.get("echo") === "1",
    mayPublish: mayPublish({ ...caller, isSubscribed: true }),
    maxMessageBytes: settings().client.messageSizeLimit,
  });
  return response;
}

/** The codec is asked for by subprotocol or query; a client that offers none speaks JSON. */
function upgradeClient(visit: Visit, guards: UpgradeGuards): Response | Promise<Response> {
  const choice = codecOfSocket(visit.request, guards.clients);
  const { codec } = choice;
  if (!(codec instanceof Promise)) return acceptClient(visit, { ...choice, codec }, guards);
  return codec.then((loaded) => {
    const refused = unwelcome(visit, guards);
    if (refused !== undefined) return refuse(refused.refusal, refused.headers);
    return acceptClient(visit, { ...choice, codec: loaded }, guards);
  });
}

function acceptClient(
  visit: Visit,
  { codec, protocol }: { codec: CentrifugeCodec; protocol: string | undefined },
  guards: UpgradeGuards,
): Response {
  const { clients, settings, limits } = guards;
  const { request } = visit;
  const now = settings();
  const hasPings = queryOf(request.url).get("cf_ws_frame_ping_pong") !== "true";
  const user = trustedUser(request.headers, now);
  const { socket, response } = Deno.upgradeWebSocket(request, {
    ...(protocol !== undefined && { protocol }),
    // The protocol has pings of its own, unless the client asks for those of WebSocket.
    idleTimeout: hasPings ? 0 : Math.ceil(2 * now.client.pingIntervalMs / 1_000),
  });
  const place = limits.enter(visit);
  clients.addSocket(socket, { codec, trustedUser: user, hasPings, place });
  return response;
}

/** RFC 6455 4.2.1: what a handshake must have. */
function badHandshake({ method, headers }: Request): Refused | undefined {
  if (method !== "GET") return { refusal: REFUSALS.wrongMethod, headers: { allow: "GET" } };
  if (headers.get("sec-websocket-version") !== "13") {
    return { refusal: REFUSALS.upgradeNeeded, headers: { "sec-websocket-version": "13" } };
  }
  const connection = headers.get("connection")?.toLowerCase().split(",") ?? [];
  const hasUpgrade = connection.some((option) => option.trim() === "upgrade");
  const hasKey = /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(headers.get("sec-websocket-key") ?? "");
  if (!hasUpgrade || !hasKey) return { refusal: REFUSALS.badHandshake };
  return undefined;
}

/** In this order: a stopping server says so to everyone, and nothing is said to a wrong origin. */
function unwelcome(visit: Visit, guards: UpgradeGuards): Refused | undefined {
  const { request } = visit;
  if (!guards.isAccepting()) return { refusal: REFUSALS.stopping };
  const origin = request.headers.get("origin");
  if (origin !== null && !guards.origins.allows(origin, hostOf(request))) {
    return { refusal: REFUSALS.wrongOrigin };
  }
  return noRoom(visit, guards);
}

function badChannel(segment: string | undefined): Refused | undefined {
  if (segment === undefined) return { refusal: REFUSALS.notFound };
  return channelName(segment) === undefined ? { refusal: REFUSALS.badChannel } : undefined;
}
