/**
 * The codes of the Centrifuge protocol: every refusal of a command, every way in which a connection
 * or a subscription is ended. Clients act on the numbers, so none is ever given another meaning.
 */

import type { Disconnect } from "../errors.ts";
import type { ReplyError } from "./centrifuge_replies.ts";

/** Every refusal of a command, and of a call of the server API. */
export const COMMAND_ERRORS = {
  internal: { code: 100, message: "internal server error", temporary: true },
  unauthorized: { code: 101, message: "unauthorized" },
  unknownChannel: { code: 102, message: "unknown channel" },
  permissionDenied: { code: 103, message: "permission denied" },
  methodNotFound: { code: 104, message: "method not found" },
  alreadySubscribed: { code: 105, message: "already subscribed" },
  limitExceeded: { code: 106, message: "limit exceeded" },
  badRequest: { code: 107, message: "bad request" },
  notAvailable: { code: 108, message: "not available" },
  tokenExpired: { code: 109, message: "token expired" },
  expired: { code: 110, message: "expired" },
  tooManyRequests: { code: 111, message: "too many requests", temporary: true },
  unrecoverablePosition: { code: 112, message: "unrecoverable position" },
  conflict: { code: 113, message: "conflict" },
} as const satisfies Record<string, ReplyError>;

/**
 * Every Close of a Centrifuge connection. 3000 to 3499 ask the client to come back, 3500 to 3999
 * tell it not to. A reason is never empty, because clients then take any code for a broken
 * connection, and never JSON, because old clients read that as advice.
 */
export const CLIENT_DISCONNECTS = {
  shutdown: { code: 3001, reason: "shutdown" },
  serverError: { code: 3004, reason: "internal server error" },
  expired: { code: 3005, reason: "connection expired" },
  subscriptionExpired: { code: 3006, reason: "subscription expired" },
  slow: { code: 3008, reason: "slow" },
  insufficientState: { code: 3010, reason: "insufficient state" },
  forceReconnect: { code: 3011, reason: "force reconnect" },
  noPong: { code: 3012, reason: "no pong" },
  tooManyRequests: { code: 3013, reason: "too many requests" },
  invalidToken: { code: 3500, reason: "invalid token" },
  badRequest: { code: 3501, reason: "bad request" },
  stale: { code: 3502, reason: "stale" },
  forceDisconnect: { code: 3503, reason: "force disconnect" },
  connectionLimit: { code: 3504, reason: "connection limit" },
  channelLimit: { code: 3505, reason: "channel limit" },
  inappropriateProtocol: { code: 3506, reason: "inappropriate protocol" },
  permissionDenied: { code: 3507, reason: "permission denied" },
  notAvailable: { code: 3508, reason: "not available" },
  /** RFC 6455 7.4.1: clients know this one by itself. */
  tooLarge: { code: 1009, reason: "message too large" },
} as const satisfies Record<string, Disconnect>;

/**
 * Every way in which the server ends a subscription of a connection that stays. From 2500 on the
 * client subscribes again at once.
 */
export const UNSUBSCRIBES = {
  server: { code: 2000, reason: "server unsubscribe" },
  insufficientState: { code: 2500, reason: "insufficient state" },
  expired: { code: 2501, reason: "subscription expired" },
} as const satisfies Record<string, Disconnect>;
