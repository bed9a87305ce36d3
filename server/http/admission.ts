import type { Refusal } from "../errors.ts";
import { REFUSALS } from "../errors.ts";
import type { ConnectionLimits, Newcomer } from "../limits/mod.ts";
import { clientKey, parseAddress } from "../network.ts";
import type { ClientSettings, SessionRegistry } from "../session/mod.ts";
import { clientAddress } from "./client_address.ts";

/** What decides whether there is room for one more connection, over whatever protocol. */
export interface Admission {
  readonly sessions: SessionRegistry;
  readonly limits: ConnectionLimits;
  /** False once the closing has begun. */
  readonly isAccepting: () => boolean;
  readonly maxConnections: () => number;
  /** As of now. */
  readonly settings: () => ClientSettings;
}

/** A refusal, and what has to stand in its answer. */
export interface Refused {
  readonly refusal: Refusal;
  readonly headers?: HeadersInit;
}

/** A request and whose it is, found out before an upgrade, which takes it away. */
export interface Visit {
  readonly request: Request;
  /** What its sender's connections are counted by. */
  readonly address: string;
}

/** Why no connection may begin now; undefined if one may. */
export function noRoom(
  newcomer: Newcomer,
  { sessions, limits, isAccepting, maxConnections }: Admission,
): Refused | undefined {
  if (!isAccepting()) return { refusal: REFUSALS.stopping };
  if (sessions.descriptors >= maxConnections()) return { refusal: REFUSALS.full };
  return limits.refusal(newcomer);
}

/** A request as a visit. */
export function visitOf(
  request: Request,
  { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>,
  { settings }: Pick<Admission, "settings">,
): Visit {
  const text = clientAddress(request.headers, remoteAddr.hostname, settings().client);
  // One of IPv4 is canonical, and its own key.
  const address = text.includes(":") ? parseAddress(text) : undefined;
  return { request, address: address === undefined ? text : clientKey(address) };
}
