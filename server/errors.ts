/** Every way to be refused and every way to be thrown out: one row each, from which all is told. */

/** An HTTP refusal. */
export interface Refusal {
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** One sentence, for people. */
  readonly message: string;
}

/** Every HTTP refusal, by its code. */
export const REFUSALS = {
  badRequest: { status: 400, code: "bad_request", message: "the request is malformed" },
  badHost: { status: 400, code: "bad_host", message: "the Host header is not a host name" },
  badHandshake: {
    status: 400,
    code: "bad_handshake",
    message: "a WebSocket handshake needs Upgrade, Connection and a 16-byte Sec-WebSocket-Key",
  },
  badChannel: {
    status: 400,
    code: "bad_channel",
    message: "a channel name is 1 to 255 printable ASCII characters without spaces",
  },
  badBody: { status: 400, code: "bad_body", message: "the body is not what its type says" },
  unauthorized: {
    status: 401,
    code: "unauthorized",
    message: "this needs a valid token, as Authorization: Bearer or ?token=, or the API key",
  },
  apiKeyNeeded: {
    status: 401,
    code: "api_key_needed",
    message: "the server API needs its key, as X-API-Key, Authorization: apikey or ?api_key=",
  },
  notAllowed: {
    status: 403,
    code: "not_allowed",
    message: "the channel's options do not allow this to this client",
  },
  wrongOrigin: {
    status: 403,
    code: "wrong_origin",
    message: "this origin may not connect; the server's --allow-origin names those that may",
  },
  wrongHost: {
    status: 403,
    code: "wrong_host",
    message: "this server is for this machine; --allow-origin names the hosts it may be called by",
  },
  unknownChannel: {
    status: 404,
    code: "unknown_channel",
    message: "the channel is of a namespace that there is none of",
  },
  notFound: { status: 404, code: "not_found", message: "there is nothing here" },
  unknownMethod: {
    status: 404,
    code: "unknown_method",
    message: "the server API has no such method",
  },
  wrongMethod: { status: 405, code: "wrong_method", message: "this method does not work here" },
  bodyTimeout: { status: 408, code: "body_timeout", message: "the body did not arrive in time" },
  keyConflict: {
    status: 409,
    code: "key_conflict",
    message: "this Idempotency-Key was used for another body a short while ago",
  },
  badKey: {
    status: 400,
    code: "bad_key",
    message: "an Idempotency-Key is 1 to 255 printable ASCII characters",
  },
  badQuery: {
    status: 400,
    code: "bad_query",
    message: "since, limit and history are whole numbers, limit from 1 to 1000",
  },
  badPosition: {
    status: 400,
    code: "bad_position",
    message: "a position is <epoch>:<offset>, as in the id of an event",
  },
  noCommands: {
    status: 400,
    code: "no_commands",
    message: "the first commands stand in ?cf_connect= or in the body of a POST",
  },
  badEmulation: {
    status: 400,
    code: "bad_emulation",
    message: "a body holds session, node and data, the last one a text of commands",
  },
  unknownNode: {
    status: 404,
    code: "unknown_node",
    message: "the stream was opened at another server, or before this one was started",
  },
  tooLarge: { status: 413, code: "too_large", message: "the body is too large" },
  upgradeNeeded: {
    status: 426,
    code: "upgrade_needed",
    message: "this address speaks WebSocket version 13",
  },
  addressLimit: {
    status: 429,
    code: "address_limit",
    message: "this address has as many connections as it may have",
  },
  userLimit: {
    status: 429,
    code: "user_limit",
    message: "this user has as many connections as it may have",
  },
  connectionRate: {
    status: 429,
    code: "connection_rate",
    message: "connections are made faster than they may be",
  },
  internal: {
    status: 500,
    code: "internal",
    message: "something went wrong; the server's log says what",
  },
  starting: {
    status: 503,
    code: "starting",
    message: "the server is starting; come back in a moment",
  },
  stopping: {
    status: 503,
    code: "stopping",
    message: "the server is stopping; come back in a moment",
  },
  full: { status: 503, code: "full", message: "the server has as many connections as it may have" },
  nodeUnreachable: {
    status: 503,
    code: "node_unreachable",
    message: "the server that holds the stream does not answer at the moment",
  },
  keysUnavailable: {
    status: 503,
    code: "keys_unavailable",
    message: "the keys that tokens are checked with cannot be fetched at the moment",
  },
  overloaded: {
    status: 503,
    code: "overloaded",
    message: "publications arrive faster than they can be delivered",
  },
  notReadable: {
    status: 503,
    code: "not_readable",
    message: "the history could not be read",
  },
  notStored: {
    status: 503,
    code: "not_stored",
    message: "the publication could not be stored and was not delivered",
  },
} as const satisfies Record<string, Refusal>;

/** A Close frame that the server sends. */
export interface Disconnect {
  /** RFC 6455 7.4. */
  readonly code: number;
  readonly reason: string;
}

/** Every Close that this server sends to a plain WebSocket, by its cause. */
export const DISCONNECTS = {
  stopping: { code: 1001, reason: "server stopping" },
  tooLarge: { code: 1009, reason: "message too large" },
  notStored: { code: 1011, reason: "message could not be stored" },
  historyFailed: { code: 1011, reason: "history could not be read" },
  tooSlow: { code: 1013, reason: "too slow" },
  tooFast: { code: 1013, reason: "publishing too fast" },
  tooMany: { code: 1013, reason: "too many messages" },
  notAllowed: { code: 1008, reason: "not allowed" },
  expired: { code: 1008, reason: "token expired" },
  forced: { code: 1008, reason: "force disconnect" },
} as const satisfies Record<string, Disconnect>;

/** Those of them after which nothing counts that is still on its way. */
export const UNHEARD: readonly Disconnect[] = [
  ...[DISCONNECTS.tooMany, DISCONNECTS.notAllowed, DISCONNECTS.expired, DISCONNECTS.forced],
];
