import type { ClientOptions, PersonalChannelOptions } from "./client_options.ts";
import type { HttpApiOptions } from "./client_options.ts";
import { DEFAULT_CLIENT } from "./client_options.ts";
import {
  DURATION,
  duration,
  listOf,
  matching,
  NETWORK,
  oneOf,
  SWITCH,
  wholeNumber,
} from "./option_types.ts";
import { optional, orBlank, text } from "./option_types.ts";
import type { SettingRows, Settings } from "./setting.ts";
import { withDefaults } from "./setting.ts";

/** The options of clients that are values of `client` itself in the file and no flags. */
export type ClientValues = Omit<
  ClientOptions,
  "token" | "subscriptionToken" | "personalChannel" | "allowAnonymousConnectWithoutToken"
>;

/** The runtime takes no larger message. */
const MAX_MESSAGE_BYTES = 64 * 1_048_576;
const COUNT = wholeNumber(1, 1_000_000_000);
const LIMIT = wholeNumber(0, 1_000_000_000);
/** A ping's interval is told to clients in whole seconds. */
const INTERVAL = duration({ minMs: 1_000 });
const TIMEOUT = duration({ minMs: 1 });

const HEADER = matching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, {
  placeholder: "<header>",
  what: "the name of a header",
});

const ROWS: SettingRows<ClientValues> = {
  disallowAnonymousConnectionTokens: {
    key: "disallow_anonymous_connection_tokens",
    type: SWITCH,
    help: "connection tokens without a user id are refused",
  },
  isInsecure: {
    key: "insecure",
    type: SWITCH,
    help: "everybody may do everything and no token expires",
  },
  userIdHttpHeader: {
    key: "user_id_http_header",
    type: optional(HEADER),
    help: "header in which a trusted proxy names the user",
  },
  trustedProxies: {
    key: "trusted_proxies",
    type: listOf(NETWORK),
    help: "addresses and networks of proxies that are believed about where a client is",
  },
  trustedProxyHeader: {
    key: "trusted_proxy_header",
    type: oneOf(["x-forwarded-for", "forwarded"]),
    help: "the one header in which they say it",
  },
  pingIntervalMs: {
    key: "ping_interval",
    type: INTERVAL,
    help: "time between pings to a client; more than pong_timeout",
  },
  pongTimeoutMs: {
    key: "pong_timeout",
    type: TIMEOUT,
    help: "wait this long for the answer to a ping",
  },
  staleCloseDelayMs: {
    key: "stale_close_delay",
    type: TIMEOUT,
    help: "how long a connection may stay without a connect command",
  },
  expiredCloseDelayMs: {
    key: "expired_close_delay",
    type: DURATION,
    help: "how long an expired connection may still be refreshed",
  },
  expiredSubCloseDelayMs: {
    key: "expired_sub_close_delay",
    type: DURATION,
    help: "how long an expired subscription may still be refreshed",
  },
  channelLimit: { key: "channel_limit", type: COUNT, help: "subscriptions of one connection" },
  addressConnectionLimit: {
    key: "address_connection_limit",
    type: LIMIT,
    help: "connections of one address, in IPv6 of one /64; 0 for no limit",
  },
  connectionRateLimit: {
    key: "connection_rate_limit",
    type: LIMIT,
    help: "new connections in a second, of everybody together; 0 for no limit",
  },
  userConnectionLimit: {
    key: "user_connection_limit",
    type: LIMIT,
    help: "connections of one user; 0 for no limit",
  },
  queueMaxSize: {
    key: "queue_max_size",
    type: COUNT,
    help: "bytes that may wait for a client that reads too slowly",
  },
  totalQueueMaxSize: {
    key: "total_queue_max_size",
    type: wholeNumber(0, 1_000_000_000_000),
    help: "bytes that may wait for all clients together; 0 for no limit",
  },
  frameCommandLimit: {
    key: "frame_command_limit",
    type: COUNT,
    help: "commands in one frame",
  },
  messageSizeLimit: {
    key: "message_size_limit",
    type: wholeNumber(1, MAX_MESSAGE_BYTES),
    help: "bytes of one message from a client",
  },
  messageRateLimit: {
    key: "message_rate_limit",
    type: LIMIT,
    help: "messages, or commands, in a second from one client; 0 for no limit",
  },
  byteRateLimit: {
    key: "byte_rate_limit",
    type: LIMIT,
    help: "bytes in a second from one client; 0 for no limit",
  },
  connectIncludeServerTime: {
    key: "connect_include_server_time",
    type: SWITCH,
    help: "a connect reply holds the server's time",
  },
  recoveryMaxPublicationLimit: {
    key: "recovery_max_publication_limit",
    type: LIMIT,
    help: "publications in one recovery; 0 for all that are kept",
  },
  historyMaxPublicationLimit: {
    key: "history_max_publication_limit",
    type: COUNT,
    help: "publications in one answer to a history command",
  },
};

/** `client.*` in the configuration file, but for its sections and what are flags as well. */
export const CLIENT_SETTINGS: Settings<ClientValues> = withDefaults(ROWS, DEFAULT_CLIENT);

/** `client.subscribe_to_user_personal_channel.*` in the configuration file. */
export const PERSONAL_CHANNEL_SETTINGS: Settings<PersonalChannelOptions> = withDefaults({
  isEnabled: {
    key: "enabled",
    type: SWITCH,
    help: "every user is subscribed to a channel of its own",
  },
  namespace: {
    key: "personal_channel_namespace",
    type: orBlank(text("<name>", "the name of a namespace"), ""),
    help: "the namespace of that channel",
  },
  isSingleConnection: {
    key: "single_connection",
    type: SWITCH,
    help: "a user's earlier connections are closed when a new one comes",
  },
}, DEFAULT_CLIENT.personalChannel);

/** `http_api.*` in the configuration file, but for what is a flag as well. */
export const HTTP_API_SETTINGS: Settings<Omit<HttpApiOptions, "key">> = withDefaults<
  Omit<HttpApiOptions, "key">
>({
  errorMode: {
    key: "error_mode",
    type: oneOf(["", "transport"]),
    help: "transport: errors of the server API are HTTP statuses as well",
  },
}, { errorMode: "" });
