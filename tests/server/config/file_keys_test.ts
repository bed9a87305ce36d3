import { assert, assertEquals } from "@std/assert";
import type { ChannelOptions, Config, TokenKeys } from "../../../server/config/mod.ts";
import { fileShape, placesOf } from "../../../server/config/file_shape.ts";
import { NO_TOKEN_KEYS } from "../../../server/config/mod.ts";
import { CLOSED_CHANNEL } from "../../../server/config/channel_settings.ts";
import { networkText } from "../../../server/network.ts";
import { configOf, FILE, loaded, problems } from "./loading.ts";

/** A key, its value in the file, where it lands in the configuration, and as what. */
type Row = readonly [key: string, json: unknown, lands: (config: Config) => unknown, as?: unknown];

const PEM = "-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----";

const OPTION_ROWS: readonly Row[] = [
  ["host", "127.0.0.2", (config) => config.host],
  ["port", 9_000, (config) => config.port],
  ["data", "memory", (config) => config.data],
  ["durability", "disk", (config) => config.durability],
  ["public", "./dist", (config) => config.publicFolder],
  ["stop.drain_delay", "1s", (config) => config.drainDelayMs, 1_000],
  ["stop.drain_window", "2s", (config) => config.drainWindowMs, 2_000],
  ["stop.close_timeout", "2500ms", (config) => config.closeTimeoutMs, 2_500],
  ["stop.timeout", "1m", (config) => config.stopTimeoutMs, 60_000],
  ["bind_timeout", "5s", (config) => config.bindTimeoutMs, 5_000],
  ["log.format", "json", (config) => config.logFormat],
  ["log.level", "debug", (config) => config.logLevel],
  ["http_api.key", "k3y", (config) => config.api.key],
  ["http_api.error_mode", "transport", (config) => config.api.errorMode],
  ["client.allowed_origins", ["https://a.com", "*"], (config) => config.allowedOrigins],
  ["client.connection_limit", 5, (config) => config.maxConnections],
  ["client.allow_anonymous_connect_without_token", true, (config) => config.anonymous],
  ["client.token.hmac_secret_key", "s3cret", (config) => config.client.token.hmacSecretKey],
];

const CLIENT_ROWS: readonly Row[] = [
  [
    "client.disallow_anonymous_connection_tokens",
    true,
    ({ client }) => client.disallowAnonymousConnectionTokens,
  ],
  ["client.insecure", true, ({ client }) => client.isInsecure],
  ["client.user_id_http_header", "X-User-Id", ({ client }) => client.userIdHttpHeader],
  [
    "client.trusted_proxies",
    ["10.0.0.0/8", "::1", "2001:DB8:0::/32"],
    ({ client }) => client.trustedProxies.map(networkText),
    ["10.0.0.0/8", "::1", "2001:db8::/32"],
  ],
  ["client.trusted_proxy_header", "forwarded", ({ client }) => client.trustedProxyHeader],
  ["client.ping_interval", "30s", ({ client }) => client.pingIntervalMs, 30_000],
  ["client.pong_timeout", "5s", ({ client }) => client.pongTimeoutMs, 5_000],
  ["client.stale_close_delay", "1s", ({ client }) => client.staleCloseDelayMs, 1_000],
  ["client.expired_close_delay", "2s", ({ client }) => client.expiredCloseDelayMs, 2_000],
  ["client.expired_sub_close_delay", "0s", ({ client }) => client.expiredSubCloseDelayMs, 0],
  ["client.channel_limit", 7, ({ client }) => client.channelLimit],
  ["client.address_connection_limit", 20, ({ client }) => client.addressConnectionLimit],
  ["client.connection_rate_limit", 500, ({ client }) => client.connectionRateLimit],
  ["client.user_connection_limit", 3, ({ client }) => client.userConnectionLimit],
  ["client.queue_max_size", 4_096, ({ client }) => client.queueMaxSize],
  ["client.total_queue_max_size", 8_192, ({ client }) => client.totalQueueMaxSize],
  ["client.frame_command_limit", 9, ({ client }) => client.frameCommandLimit],
  ["client.message_size_limit", 1_024, ({ client }) => client.messageSizeLimit],
  ["client.message_rate_limit", 50, ({ client }) => client.messageRateLimit],
  ["client.byte_rate_limit", 50_000, ({ client }) => client.byteRateLimit],
  ["client.connect_include_server_time", true, ({ client }) => client.connectIncludeServerTime],
  [
    "client.recovery_max_publication_limit",
    300,
    ({ client }) => client.recoveryMaxPublicationLimit,
  ],
  ["client.history_max_publication_limit", 10, ({ client }) => client.historyMaxPublicationLimit],
];

const PERSONAL = "client.subscribe_to_user_personal_channel";
const PERSONAL_ROWS: readonly Row[] = [
  [`${PERSONAL}.enabled`, true, ({ client }) => client.personalChannel.isEnabled],
  [
    `${PERSONAL}.personal_channel_namespace`,
    "own",
    ({ client }) => client.personalChannel.namespace,
  ],
  [
    `${PERSONAL}.single_connection`,
    true,
    ({ client }) => client.personalChannel.isSingleConnection,
  ],
];

/** A name of an option, its value in the file, its field, and what it lands as. */
interface FieldRow<T> {
  readonly name: string;
  readonly json: unknown;
  readonly field: keyof T;
  readonly as?: unknown;
}

const HISTORY = { history_size: 5, history_ttl: "5s" };

const SWITCHES: Readonly<Record<string, keyof ChannelOptions>> = {
  presence: "presence",
  join_leave: "joinLeave",
  force_push_join_leave: "forcePushJoinLeave",
  allow_positioning: "allowPositioning",
  force_positioning: "forcePositioning",
  allow_recovery: "allowRecovery",
  force_recovery: "forceRecovery",
  delta_publish: "deltaPublish",
  allow_subscribe_for_client: "allowSubscribeForClient",
  allow_subscribe_for_anonymous: "allowSubscribeForAnonymous",
  allow_publish_for_client: "allowPublishForClient",
  allow_publish_for_subscriber: "allowPublishForSubscriber",
  allow_publish_for_anonymous: "allowPublishForAnonymous",
  allow_presence_for_client: "allowPresenceForClient",
  allow_presence_for_subscriber: "allowPresenceForSubscriber",
  allow_presence_for_anonymous: "allowPresenceForAnonymous",
  allow_history_for_client: "allowHistoryForClient",
  allow_history_for_subscriber: "allowHistoryForSubscriber",
  allow_history_for_anonymous: "allowHistoryForAnonymous",
  allow_user_limited_channels: "allowUserLimitedChannels",
};

const CHANNEL_ROWS: readonly FieldRow<ChannelOptions>[] = [
  ...Object.entries(SWITCHES).map(([name, field]) => ({ name, json: true, field })),
  { name: "history_size", json: 7, field: "historySize" },
  { name: "history_ttl", json: "7s", field: "historyTtlMs", as: 7_000 },
  { name: "force_recovery_mode", json: "cache", field: "forceRecoveryMode" },
  { name: "allowed_delta_types", json: ["fossil"], field: "allowedDeltaTypes" },
  { name: "publication_data_format", json: "json_object", field: "publicationDataFormat" },
  { name: "channel_regex", json: "^a+$", field: "channelRegex", as: /^a+$/u },
];

const TOKEN_ROWS: readonly FieldRow<TokenKeys>[] = [
  { name: "hmac_secret_key", json: "s3cret", field: "hmacSecretKey" },
  { name: "hmac_previous_secret_key", json: "old", field: "hmacPreviousSecretKey" },
  {
    name: "hmac_previous_secret_key_valid_until",
    json: 1_735_689_600,
    field: "hmacPreviousSecretKeyValidUntil",
  },
  { name: "rsa_public_key", json: PEM, field: "rsaPublicKey" },
  { name: "ecdsa_public_key", json: PEM, field: "ecdsaPublicKey" },
  { name: "jwks_public_endpoint", json: "https://a.com/{{t}}/jwks", field: "jwksPublicEndpoint" },
  { name: "audience", json: "web", field: "audience" },
  { name: "audience_regex", json: "(?P<t>a+)", field: "audienceRegex", as: /(?<t>a+)/u },
  { name: "issuer", json: "me", field: "issuer" },
  { name: "issuer_regex", json: "(?i)^ME$", field: "issuerRegex", as: /^ME$/iu },
  { name: "user_id_claim", json: "user_id", field: "userIdClaim" },
];

/** A file that says one thing: `a.b` as nested objects. */
function fileWith(key: string, json: unknown): object {
  const [name = "", ...rest] = key.split(".");
  return { [name]: rest.length === 0 ? json : fileWith(rest.join("."), json) };
}

for (const [key, json, lands, as = json] of [...OPTION_ROWS, ...CLIENT_ROWS]) {
  Deno.test(`loadConfig reads ${key} from a file`, async () => {
    assertEquals(lands(await configOf({ file: fileWith(key, json) })), as);
  });
}

for (const [key, json, lands] of PERSONAL_ROWS) {
  Deno.test(`loadConfig reads ${key} from a file`, async () => {
    const channel = { namespaces: [{ name: "own", presence: true }] };
    assertEquals(lands(await configOf({ file: { ...fileWith(key, json), channel } })), json);
  });
}

for (const { name, json, field, as = json } of CHANNEL_ROWS) {
  const options = { ...HISTORY, [name]: json };
  Deno.test(`loadConfig reads ${name} of channels without a namespace`, async () => {
    const { channels } = await configOf({ file: { channel: { without_namespace: options } } });
    assertEquals(channels.withoutNamespace[field], as);
  });
  Deno.test(`loadConfig reads ${name} of a namespace`, async () => {
    const namespaces = [{ name: "other" }, { name: "own", ...options }];
    const { channels } = await configOf({ file: { channel: { namespaces } } });
    assertEquals(channels.namespaces?.get("own")?.[field], as);
    assertEquals(channels.namespaces?.get("other"), CLOSED_CHANNEL);
  });
}

for (const { name, json, field, as = json } of TOKEN_ROWS) {
  Deno.test(`loadConfig reads ${name} of connection tokens`, async () => {
    const { client } = await configOf({ file: { client: { token: { [name]: json } } } });
    assertEquals(client.token, { ...NO_TOKEN_KEYS, [field]: as });
  });
  Deno.test(`loadConfig reads ${name} of subscription tokens`, async () => {
    const file = { client: { subscription_token: { enabled: true, [name]: json } } };
    const { client } = await configOf({ file });
    assertEquals(client.subscriptionToken, { ...NO_TOKEN_KEYS, [field]: as });
    assertEquals(client.token, NO_TOKEN_KEYS);
  });
}

Deno.test("loadConfig has a test for every key of a file", () => {
  const tested = new Set([
    ...[...OPTION_ROWS, ...CLIENT_ROWS, ...PERSONAL_ROWS].map(([key]) => key),
    ...["channel.without_namespace", "channel.namespaces[]"].flatMap((section) =>
      CHANNEL_ROWS.map(({ name }) => `${section}.${name}`)
    ),
    ...["client.token", "client.subscription_token"].flatMap((section) =>
      TOKEN_ROWS.map(({ name }) => `${section}.${name}`)
    ),
    ...["channel.namespaces[].name", "client.subscription_token.enabled", "$schema"],
    ...["http_stream.enabled", "sse.enabled", "tls.cert", "tls.key"],
  ]);
  const keys = placesOf(fileShape()).filter(([, { kind }]) => kind === "value");
  for (const [key] of keys) assert(tested.has(key), `no test knows ${key}`);
  assertEquals(keys.length, tested.size);
});

Deno.test("loadConfig takes what Midgard always does, and what editors look for", async () => {
  const file = {
    $schema: "./midgard.schema.json",
    http_stream: { enabled: true },
    sse: { enabled: true },
  };
  assertEquals((await loaded({ file })).config.port, 8_000);
});

Deno.test("loadConfig takes a certificate with its key, and neither without the other", async () => {
  const { tlsCert, tlsKey } = await configOf({ file: { tls: { cert: "a.pem", key: "b.pem" } } });
  assertEquals([tlsCert, tlsKey], ["a.pem", "b.pem"]);
  for (const [name, missing] of [["cert", "--tls-key"], ["key", "--tls-cert"]] as const) {
    assertEquals(await problems({ file: { tls: { [name]: "a.pem" } } }), [
      `Cannot start with "${FILE}: tls.${name}" alone as TLS takes ${missing} as well`,
    ]);
  }
});

Deno.test("loadConfig takes an empty text for nothing where Centrifugo does", async () => {
  const token = { hmac_secret_key: "", audience: "", issuer_regex: "", user_id_claim: "" };
  const file = {
    client: { token, user_id_http_header: "" },
    channel: { without_namespace: { force_recovery_mode: "", channel_regex: "" } },
    http_api: { key: "", error_mode: "" },
  };
  const { client, channels, api } = await configOf({ file });
  assertEquals(client.token.hmacSecretKey, undefined);
  assertEquals([client.token.audience, client.token.issuerRegex], [undefined, undefined]);
  assertEquals([client.token.userIdClaim, client.userIdHttpHeader], ["sub", undefined]);
  assertEquals(channels.withoutNamespace.forceRecoveryMode, "stream");
  assertEquals([channels.withoutNamespace.channelRegex, api.key], [undefined, undefined]);
});

Deno.test("loadConfig keeps a previous secret for ever where its end is 0", async () => {
  const file = fileWith("client.token.hmac_previous_secret_key_valid_until", 0);
  assertEquals((await configOf({ file })).client.token.hmacPreviousSecretKeyValidUntil, undefined);
});
