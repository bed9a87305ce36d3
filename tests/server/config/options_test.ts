import { assert, assertEquals, assertMatch } from "@std/assert";
import { ENV_NAMES, OPTIONS } from "../../../server/config/mod.ts";
import type { Option } from "../../../server/config/options.ts";
import { defaultText } from "../../../server/config/options.ts";

const ROWS = Object.entries<Option<unknown>>(OPTIONS);

/** Flags and variables that people have in their scripts: none of them may change its name. */
const PROMISED: Readonly<Record<string, string>> = {
  host: "MIDGARD_HOST",
  port: "MIDGARD_PORT",
  data: "MIDGARD_DATA",
  "history-size": "MIDGARD_HISTORY_SIZE",
  "history-ttl": "MIDGARD_HISTORY_TTL",
  public: "MIDGARD_PUBLIC",
  "allow-origin": "MIDGARD_ALLOW_ORIGIN",
  anonymous: "MIDGARD_ANONYMOUS",
  "max-connections": "MIDGARD_MAX_CONNECTIONS",
  "drain-delay": "MIDGARD_DRAIN_DELAY",
  "drain-window": "MIDGARD_DRAIN_WINDOW",
  "close-timeout": "MIDGARD_CLOSE_TIMEOUT",
  "stop-timeout": "MIDGARD_STOP_TIMEOUT",
  "bind-timeout": "MIDGARD_BIND_TIMEOUT",
  "log-format": "MIDGARD_LOG_FORMAT",
  "log-level": "MIDGARD_LOG_LEVEL",
};

Deno.test("OPTIONS keeps the flags and variables that were promised", () => {
  const variables = Object.fromEntries(ROWS.map(([, { flag, env }]) => [flag, env]));
  for (const [flag, env] of Object.entries(PROMISED)) assertEquals(variables[flag], env);
});

Deno.test("OPTIONS names each flag and each variable once", () => {
  assertEquals(new Set(ROWS.map(([, { flag }]) => flag)).size, ROWS.length);
  assertEquals(new Set(ROWS.map(([, { env }]) => env)).size, ROWS.length);
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
