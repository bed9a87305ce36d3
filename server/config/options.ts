import type { LogLevel } from "../log.ts";
import type { ChannelsConfig } from "./channel_options.ts";
import type { ClientOptions, HttpApiOptions } from "./client_options.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log.ts";
import type { OptionType } from "./option_types.ts";
import { AGE, DURATION, listOf, oneOf, SWITCH, text, wholeNumber } from "./option_types.ts";

/** One row of the table of options. */
export interface Option<T> {
  /** Without the dashes: `close-timeout`. */
  readonly flag: string;
  /** Environment variable. */
  readonly env: string;
  readonly type: OptionType<T>;
  /** The value when none is given; undefined where there is none. */
  readonly default: T;
  /** How the default reads in `--help` and the README, where the value alone does not say it. */
  readonly defaultText?: string;
  /** One line, for `--help` and the README. */
  readonly help: string;
}

const ORIGIN: OptionType<string> = {
  placeholder: "<origin>",
  parse(value) {
    if (value === "*" || /^[a-z][a-z0-9+.-]*:\/\/[^/\s]+$/i.test(value)) {
      return { kind: "value", value };
    }
    return {
      kind: "refused",
      rule: "an origin such as https://example.com or https://*.example.com",
    };
  },
  print: (value) => value,
};

const DATA: OptionType<string> = {
  placeholder: "<file|memory>",
  parse(value) {
    const isUrl = /^[a-z]+:\/\//.test(value);
    if (value !== "" && !isUrl) return { kind: "value", value };
    return { kind: "refused", rule: "a file or the word memory" };
  },
  print: (value) => value,
};

/** How safely a commit is kept. */
export const DURABILITIES = ["commit", "disk"] as const;
/** `commit` survives the process, `disk` survives a power loss too. */
export type Durability = (typeof DURABILITIES)[number];

/**
 * Every option of `midgard serve`. Parsing, `--help` and the README's table all come from here.
 */
export const OPTIONS = {
  host: row({
    flag: "host",
    env: "MIDGARD_HOST",
    type: text("<address>", "an address to listen on"),
    default: "127.0.0.1",
    help: "address to listen on",
  }),
  port: row({
    flag: "port",
    env: "MIDGARD_PORT",
    type: wholeNumber(0, 65_535),
    default: 8_000,
    help: "port to listen on; 0 picks a free one, which is printed",
  }),
  data: row({
    flag: "data",
    env: "MIDGARD_DATA",
    type: DATA,
    default: "midgard.db",
    help: "where history lives: a file (SQLite), or memory",
  }),
  durability: row<Durability>({
    flag: "durability",
    env: "MIDGARD_DURABILITY",
    type: oneOf(DURABILITIES),
    default: "commit",
    help: "acknowledged survives the process; disk: a power loss too, but slower",
  }),
  historySize: row({
    flag: "history-size",
    env: "MIDGARD_HISTORY_SIZE",
    type: wholeNumber(0, 1_000_000_000),
    default: 1_000,
    help: "publications kept per channel",
  }),
  historyTtlMs: row({
    flag: "history-ttl",
    env: "MIDGARD_HISTORY_TTL",
    type: AGE,
    default: 86_400_000,
    help: "how long they are kept",
    defaultText: "24h",
  }),
  publicFolder: row({
    flag: "public",
    env: "MIDGARD_PUBLIC",
    type: optional(text("<folder>", "a folder")),
    default: undefined,
    help: "folder of static files served at /",
  }),
  allowedOrigins: row({
    flag: "allow-origin",
    env: "MIDGARD_ALLOW_ORIGIN",
    type: listOf(ORIGIN),
    default: [],
    defaultText: "same origin",
    help: "origins of pages that may connect besides its own; repeatable, * wildcards",
  }),
  anonymous: row({
    flag: "anonymous",
    env: "MIDGARD_ANONYMOUS",
    type: optional(SWITCH),
    default: undefined,
    defaultText: "only on loopback",
    help: "let clients in without a token",
  }),
  maxConnections: row({
    flag: "max-connections",
    env: "MIDGARD_MAX_CONNECTIONS",
    type: wholeNumber(1, 10_000_000),
    default: 10_000,
    help: "connections at once; further upgrades get 503",
  }),
  drainDelayMs: row({
    flag: "drain-delay",
    env: "MIDGARD_DRAIN_DELAY",
    type: DURATION,
    default: 0,
    help: "on a stop, stay up but unready this long before the first close",
  }),
  drainWindowMs: row({
    flag: "drain-window",
    env: "MIDGARD_DRAIN_WINDOW",
    type: DURATION,
    default: 0,
    help: "on a stop, spread the closes over this time, jittered",
  }),
  closeTimeoutMs: row({
    flag: "close-timeout",
    env: "MIDGARD_CLOSE_TIMEOUT",
    type: DURATION,
    default: 3_000,
    help: "wait this long for one peer's closing handshake",
  }),
  stopTimeoutMs: row({
    flag: "stop-timeout",
    env: "MIDGARD_STOP_TIMEOUT",
    type: DURATION,
    default: 8_000,
    help: "the whole stop takes no longer than this",
  }),
  bindTimeoutMs: row({
    flag: "bind-timeout",
    env: "MIDGARD_BIND_TIMEOUT",
    type: DURATION,
    default: 0,
    help: "keep trying this long while the port is still taken",
  }),
  logFormat: row({
    flag: "log-format",
    env: "MIDGARD_LOG_FORMAT",
    type: optional(oneOf(LOG_FORMATS)),
    default: undefined,
    defaultText: "pretty on a terminal, else json",
    help: "how log lines are written",
  }),
  logLevel: row<LogLevel>({
    flag: "log-level",
    env: "MIDGARD_LOG_LEVEL",
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

/** The whole configuration. */
export interface Config extends OptionValues {
  readonly channels: ChannelsConfig;
  readonly client: ClientOptions;
  readonly api: HttpApiOptions;
}

/** The environment variables that are looked at. */
export const ENV_NAMES: readonly string[] = Object.values(OPTIONS).map(({ env }) => env);

/** How an option's default reads. */
export function defaultText<T>(option: Option<T>): string {
  if (option.defaultText !== undefined) return option.defaultText;
  return option.default === undefined ? "" : option.type.print(option.default);
}

function row<T>(option: Option<T>): Option<T> {
  return option;
}

function optional<T>(type: OptionType<T>): OptionType<T | undefined> {
  return { ...type, print: (value) => value === undefined ? "" : type.print(value) };
}
