import type { Refusal } from "../errors.ts";
import { REFUSALS } from "../errors.ts";
import type { SessionRegistry } from "../session/mod.ts";
import { channelName } from "./channels.ts";
import type { OriginPolicy } from "./origin.ts";
import { rawPath } from "./path.ts";
import { wholeNumber } from "./query.ts";
import { refuse } from "./refuse.ts";

/** What decides whether a request may become a WebSocket. */
export interface UpgradeGuards {
  readonly sessions: SessionRegistry;
  readonly origins: OriginPolicy;
  /** False once the closing has begun. */
  readonly isAccepting: () => boolean;
  readonly maxConnections: number;
  /** Seconds after which a silent peer is cut; it is pinged after half of them. */
  readonly idleTimeoutS: number;
}

/** Whether the client asks for a WebSocket, well or badly. */
export function wantsUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

interface Refused {
  readonly refusal: Refusal;
  readonly headers?: HeadersInit;
}

/**
 * The one path by which a WebSocket is made. `Deno.upgradeWebSocket` checks next to nothing, so
 * every rule is a guard here. Everything the session needs is read before the upgrade: after it
 * the request is closed to us.
 */
export function upgrade(request: Request, guards: UpgradeGuards): Response {
  const segment = /^\/channels\/([^/]+)$/.exec(rawPath(request.url))?.[1];
  const refused = badHandshake(request) ?? unwelcome(request, segment, guards);
  if (refused !== undefined) return refuse(refused.refusal, refused.headers);
  const query = new URL(request.url).searchParams;
  const history = wholeNumber(query.get("history"), 0);
  if (history === "bad") return refuse(REFUSALS.badQuery);
  const channel = channelName(segment ?? "") ?? "";
  const hasEcho = query.get("echo") === "1";
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: guards.idleTimeoutS });
  guards.sessions.add(socket, { channel, hasEcho, history });
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
function unwelcome(
  { headers }: Request,
  segment: string | undefined,
  { sessions, origins, isAccepting, maxConnections }: UpgradeGuards,
): Refused | undefined {
  if (!isAccepting()) return { refusal: REFUSALS.stopping };
  if (!origins.allows(headers.get("origin"), headers.get("host"))) {
    return { refusal: REFUSALS.wrongOrigin };
  }
  if (segment === undefined) return { refusal: REFUSALS.notFound };
  if (channelName(segment) === undefined) return { refusal: REFUSALS.badChannel };
  if (sessions.descriptors >= maxConnections) return { refusal: REFUSALS.full };
  return undefined;
}
