import type { LogLevel } from "../log.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log.ts";
import { DATA } from "./data_type.ts";
import {
  AGE,
  DURATION,
  listOf,
  oneOf,
  optional,
  SWITCH,
  text,
  wholeNumber,
} from "./option_types.ts";
import { ORIGIN } from "./origin_type.ts";
import type { Setting } from "./setting.ts";

/** One row of the table of options: a setting that is a flag and a variable as well. */
export interface Option<T> extends Setting<T> {
  /** Without the dashes: `close-timeout`. */
  readonly flag: string;
  /** Environment variable. */
  readonly env: string;
  /** Whether SIGHUP is enough for it to change; else it takes a restart. */
  readonly isReloadable?: boolean;
}

/** How safely a commit is kept. */
export const DURABILITIES = ["commit", "disk"] as const;
/** `commit` survives the process, `disk` survives a power loss too. */
export type Durability = (typeof DURABILITIES)[number];

/**
 * Every option of `midgard serve`. Parsing, `--help`, the JSON Schema and the README's table all come
 * from here.
 */
export const OPTIONS = {
  configFile: row({
    flag: "config",
    env: "MIDGARD_CONFIG",
    key: undefined,
    type: optional(text("<file>", "a file")),
    default: undefined,
    help: "configuration file: JSON with comments; see midgard config --help",
  }),
  host: row({
    flag: "host",
    env: "MIDGARD_HOST",
    key: "host",
    type: text("<address>", "an address to listen on"),
    default: "127.0.0.1",
    help: "address to listen on",
  }),
  port: row({
    flag: "port",
    env: "MIDGARD_PORT",
    key: "port",
    type: wholeNumber(0, 65_535),
    default: 8_000,
    help: "port to listen on; 0 picks a free one, which is printed",
  }),
  data: row({
    flag: "data",
    env: "MIDGARD_DATA",
    key: "data",
    type: DATA,
    default: "midgard.db",
    help: "where history lives: a file (SQLite), memory, or redis://… for several servers",
  }),
  durability: row<Durability>({
    flag: "durability",
    env: "MIDGARD_DURABILITY",
    key: "durability",
    type: oneOf(DURABILITIES),
    default: "commit",
    help: "acknowledged survives the process; disk: a power loss too, but slower",
  }),
  historySize: row({
    flag: "history-size",
    env: "MIDGARD_HISTORY_SIZE",
    key: "channel.without_namespace.history_size",
    isReloadable: true,
    type: wholeNumber(0, 1_000_000_000),
    default: 1_000,
    help: "publications kept per channel",
  }),
  historyTtlMs: row({
    flag: "history-ttl",
    env: "MIDGARD_HISTORY_TTL",
    key: "channel.without_namespace.history_ttl",
    isReloadable: true,
    type: AGE,
    default: 86_400_000,
    help: "how long they are kept",
    defaultText: "24h",
  }),
  publicFolder: row({
    flag: "public",
    env: "MIDGARD_PUBLIC",
    key: "public",
    type: optional(text("<folder>", "a folder")),
    default: undefined,
    help: "folder of static files served at /",
  }),
  allowedOrigins: row({
    flag: "allow-origin",
    env: "MIDGARD_ALLOW_ORIGIN",
    key: "client.allowed_origins",
    isReloadable: true,
    type: listOf(ORIGIN),
    default: [],
    defaultText: "same origin",
    help: "origins of pages that may connect besides its own; repeatable, * wildcards",
  }),
  anonymous: row({
    flag: "anonymous",
    env: "MIDGARD_ANONYMOUS",
    key: "client.allow_anonymous_connect_without_token",
    isReloadable: true,
    type: optional(SWITCH),
    default: undefined,
    defaultText: "only on loopback",
    help: "let clients in without a token",
  }),
  apiKey: row({
    flag: "api-key",
    env: "MIDGARD_API_KEY",
    key: "http_api.key",
    isReloadable: true,
    isSecret: true,
    type: optional(text("<key>", "a key")),
    default: undefined,
    help: "key of the server API; without one it answers only this machine",
  }),
  tokenSecret: row({
    flag: "token-secret",
    env: "MIDGARD_TOKEN_SECRET",
    key: "client.token.hmac_secret_key",
    isReloadable: true,
    isSecret: true,
    type: optional(text("<secret>", "a secret")),
    default: undefined,
    help: "HMAC secret of clients' tokens; best given as a variable",
  }),
  tlsCert: row({
    flag: "tls-cert",
    env: "MIDGARD_TLS_CERT",
    key: "tls.cert",
    type: optional(text("<file>", "a file")),
    default: undefined,
    help: "certificate for https and wss, and its chain behind it: a PEM file",
  }),
  tlsKey: row({
    flag: "tls-key",
    env: "MIDGARD_TLS_KEY",
    key: "tls.key",
    type: optional(text("<file>", "a file")),
    default: undefined,
    help: "private key of the certificate: a PEM file",
  }),
  maxConnections: row({
    flag: "max-connections",
    env: "MIDGARD_MAX_CONNECTIONS",
    key: "client.connection_limit",
    isReloadable: true,
    type: wholeNumber(1, 10_000_000),
    default: 10_000,
    help: "connections at once; further upgrades get 503",
  }),
  drainDelayMs: row({
    flag: "drain-delay",
    env: "MIDGARD_DRAIN_DELAY",
    key: "stop.drain_delay",
    type: DURATION,
    default: 0,
    help: "on a stop, stay up but unready this long before the first close",
  }),
  drainWindowMs: row({
    flag: "drain-window",
    env: "MIDGARD_DRAIN_WINDOW",
    key: "stop.drain_window",
    type: DURATION,
    default: 0,
    help: "on a stop, spread the closes over this time, jittered",
  }),
  closeTimeoutMs: row({
    flag: "close-timeout",
    env: "MIDGARD_CLOSE_TIMEOUT",
    key: "stop.close_timeout",
    type: DURATION,
    default: 3_000,
    help: "wait this long for one peer's closing handshake",
  }),
  stopTimeoutMs: row({
    flag: "stop-timeout",
    env: "MIDGARD_STOP_TIMEOUT",
    key: "stop.timeout",
    type: DURATION,
    default: 8_000,
    help: "the whole stop takes no longer than this",
  }),
  bindTimeoutMs: row({
    flag: "bind-timeout",
    env: "MIDGARD_BIND_TIMEOUT",
    key: "bind_timeout",
    type: DURATION,
    default: 0,
    help: "keep trying this long while the port is still taken",
  }),
  logFormat: row({
    flag: "log-format",
    env: "MIDGARD_LOG_FORMAT",
    key: "log.format",
    type: optional(oneOf(LOG_FORMATS)),
    default: undefined,
    defaultText: "pretty on a terminal, else json",
    help: "how log lines are written",
  }),
  logLevel: row<LogLevel>({
    flag: "log-level",
    env: "MIDGARD_LOG_LEVEL",
    key: "log.level",
    isReloadable: true,
    type: oneOf(LOG_LEVELS),
    default: "info",
    help: "the least urgent events that are written",
  }),
};

/** The name of an option inside the program. */
export type OptionName = keyof typeof OPTIONS;

/** Every option's value. */
export type OptionValues = {
  readonly [Name in OptionName]: (typeof OPTIONS)[Name] extends Option<infer T> ? T : never;
};

/** The environment variables that are looked at. */
export const ENV_NAMES: readonly string[] = Object.values(OPTIONS).map(({ env }) => env);

function row<T>(option: Option<T>): Option<T> {
  return option;
}
