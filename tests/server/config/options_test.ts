import { assert, assertEquals, assertMatch } from "@std/assert";
import { ENV_NAMES, OPTIONS } from "../../../server/config/mod.ts";
import type { Option } from "../../../server/config/options.ts";
import { defaultText } from "../../../server/config/setting.ts";

const ROWS = Object.entries<Option<unknown>>(OPTIONS);

/** Flags, variables and keys that people have in their scripts: none of them may change its name. */
const PROMISED: Readonly<Record<string, readonly [env: string, key: string | undefined]>> = {
  config: ["MIDGARD_CONFIG", undefined],
  host: ["MIDGARD_HOST", "host"],
  port: ["MIDGARD_PORT", "port"],
  data: ["MIDGARD_DATA", "data"],
  durability: ["MIDGARD_DURABILITY", "durability"],
  "history-size": ["MIDGARD_HISTORY_SIZE", "channel.without_namespace.history_size"],
  "history-ttl": ["MIDGARD_HISTORY_TTL", "channel.without_namespace.history_ttl"],
  public: ["MIDGARD_PUBLIC", "public"],
  "allow-origin": ["MIDGARD_ALLOW_ORIGIN", "client.allowed_origins"],
  anonymous: ["MIDGARD_ANONYMOUS", "client.allow_anonymous_connect_without_token"],
  "api-key": ["MIDGARD_API_KEY", "http_api.key"],
  "token-secret": ["MIDGARD_TOKEN_SECRET", "client.token.hmac_secret_key"],
  "tls-cert": ["MIDGARD_TLS_CERT", "tls.cert"],
  "tls-key": ["MIDGARD_TLS_KEY", "tls.key"],
  "max-connections": ["MIDGARD_MAX_CONNECTIONS", "client.connection_limit"],
  "drain-delay": ["MIDGARD_DRAIN_DELAY", "stop.drain_delay"],
  "drain-window": ["MIDGARD_DRAIN_WINDOW", "stop.drain_window"],
  "close-timeout": ["MIDGARD_CLOSE_TIMEOUT", "stop.close_timeout"],
  "stop-timeout": ["MIDGARD_STOP_TIMEOUT", "stop.timeout"],
  "bind-timeout": ["MIDGARD_BIND_TIMEOUT", "bind_timeout"],
  "log-format": ["MIDGARD_LOG_FORMAT", "log.format"],
  "log-level": ["MIDGARD_LOG_LEVEL", "log.level"],
};

Deno.test("OPTIONS keeps the flags, variables and keys that were promised", () => {
  const names = Object.fromEntries(ROWS.map(([, { flag, env, key }]) => [flag, [env, key]]));
  assertEquals(names, Object.fromEntries(Object.entries(PROMISED).map(([k, v]) => [k, [...v]])));
});

Deno.test("OPTIONS names each flag and each variable once", () => {
  assertEquals(new Set(ROWS.map(([, { flag }]) => flag)).size, ROWS.length);
  assertEquals(new Set(ROWS.map(([, { env }]) => env)).size, ROWS.length);
  assertEquals(new Set(ROWS.map(([, { key }]) => key)).size, ROWS.length);
});

Deno.test("OPTIONS derives each variable from its flag", () => {
  for (const [, { flag, env }] of ROWS) {
    assertEquals(env, `MIDGARD_${flag.toUpperCase().replaceAll("-", "_")}`);
  }
});

Deno.test("OPTIONS names what is held in milliseconds so", () => {
  for (const [name, { type }] of ROWS) {
    assertEquals(name.endsWith("Ms"), type.placeholder === "<duration>", name);
  }
});

Deno.test("OPTIONS explains each option in a line", () => {
  for (const [name, { help }] of ROWS) assertMatch(help, /^[^\n]{10,100}[^.\n]$/, name);
});

Deno.test("OPTIONS has defaults that its own types take", () => {
  for (const [name, { type, default: value }] of ROWS) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    assertEquals(type.parse(type.print(value)), { kind: "value", value }, name);
  }
});

Deno.test("OPTIONS has the defaults that were promised", () => {
  const { host, port, historySize, historyTtlMs, maxConnections } = OPTIONS;
  const { drainDelayMs, drainWindowMs, closeTimeoutMs, stopTimeoutMs, bindTimeoutMs } = OPTIONS;
  assertEquals([host, port, historySize, maxConnections].map((option) => option.default), [
    "127.0.0.1",
    8_000,
    1_000,
    10_000,
  ]);
  const durations = [
    historyTtlMs,
    drainDelayMs,
    drainWindowMs,
    closeTimeoutMs,
    stopTimeoutMs,
    bindTimeoutMs,
  ];
  const defaults = durations.map((option) => option.default);
  assertEquals(defaults, [86_400_000, 0, 0, 3_000, 8_000, 0]);
});

Deno.test("defaultText says a default in words where its value does not", () => {
  assertEquals(defaultText(OPTIONS.historyTtlMs), "24h");
  assertEquals(defaultText(OPTIONS.allowedOrigins), "same origin");
  assertEquals(defaultText(OPTIONS.closeTimeoutMs), "3s");
  assertEquals(defaultText(OPTIONS.publicFolder), "");
});

Deno.test("defaultText of a duration in words means its value", () => {
  assertEquals(OPTIONS.historyTtlMs.type.parse(defaultText(OPTIONS.historyTtlMs)), {
    kind: "value",
    value: OPTIONS.historyTtlMs.default,
  });
});

Deno.test("ENV_NAMES holds the variable of every option", () => {
  assertEquals([...ENV_NAMES].sort(), ROWS.map(([, { env }]) => env).sort());
  assert(ENV_NAMES.every((name) => name.startsWith("MIDGARD_")));
});
