/** Structured logging: one line per event, as JSON for machines or as a sentence for people. */

/** From least to most urgent. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How a line is written. */
export const LOG_FORMATS = ["pretty", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What an event means, and how urgent it is. */
interface EventDefinition {
  readonly level: LogLevel;
  /** One line without a full stop; what a line has besides `time`, `level` and `event`. */
  readonly help: string;
}

/** Every event that is logged. The table in the README is made from this one. */
export const EVENTS = {
  ready: { level: "info", help: "listening: `url`, `port`, `pid`, `startup_ms`, `version`" },
  start_failed: { level: "error", help: "what keeps it from starting, one line each" },
  certificate: {
    level: "info",
    help: "the TLS certificate in use: `names`, `expires_at`, `days_left`",
  },
  certificate_expiring: {
    level: "warning",
    help: "the same, with less than 14 days left; said every day",
  },
  certificate_invalid: {
    level: "error",
    help: "the same, expired or not valid yet; said every day",
  },
  certificate_chain: {
    level: "warning",
    help: "certificates of the file are not each followed by their issuer's",
  },
  few_descriptors: {
    level: "info",
    help: "the system's limit is below `max_connections`: `available`",
  },
  notify_failed: { level: "warning", help: "the service manager cannot be told; said once" },
  log_level: { level: "info", help: "lines are written from level `to` on, and who asked: `by`" },
  reload: { level: "info", help: "the configuration was read again" },
  restart_needed: {
    level: "warning",
    help: "`keys` that were changed, or whose files were, and that take a restart",
  },
  reload_refused: {
    level: "error",
    help: "the new configuration has `problems`, the old one stays",
  },
  draining: { level: "info", help: "a `signal` asked for a stop" },
  closing: { level: "info", help: "the drain delay is over, connections are being closed" },
  given_up: { level: "warning", help: "so many `clients` did not answer our Close in time" },
  stop_problem: { level: "error", help: "a `step` of the stop failed: `error`" },
  history_forgotten: { level: "info", help: "what was in memory: `channels`, `bytes`" },
  stopped: { level: "info", help: "the last line, with the numbers of the stop" },
  forced: { level: "warning", help: "a later `signal` ended the process: `exit_code`" },
  accept_failed: { level: "error", help: "no connection can be accepted at the moment" },
  accept_restored: { level: "warning", help: "accepting again, `after_ms`" },
  queues_cut: {
    level: "warning",
    help: "so many `clients` were closed because too many `bytes` waited for all together",
  },
  store_failed: { level: "error", help: "publications cannot be stored: `reason`" },
  store_restored: { level: "warning", help: "publications are stored again" },
  redis_lost: {
    level: "error",
    help: "Redis is out of reach: `reason`; nothing is stored, clients stay and miss nothing",
  },
  redis_restored: {
    level: "warning",
    help: "Redis is back, and what was missed is being read: `after_ms`",
  },
  redis_failed: { level: "warning", help: "Redis refused what it is asked again: `error`" },
  trim_failed: { level: "warning", help: "history cannot be trimmed" },
  trim_restored: { level: "info", help: "history is trimmed again" },
  node_joined: { level: "info", help: "another server that shares the history is here: `node`" },
  node_gone: {
    level: "info",
    help: "it said goodbye, or nothing was heard of it for 10 s: `node`",
  },
  cluster_cut_off: { level: "error", help: "the other servers cannot be reached: `reason`" },
  cluster_restored: { level: "warning", help: "they can be reached again" },
  request_failed: { level: "error", help: "a request or command broke: `error`" },
  internal_error: { level: "error", help: "a bug in Midgard, please report it: `error`" },
  connection_opened: { level: "debug", help: "a connection was taken in: `protocol`" },
  connection_closed: { level: "debug", help: "a connection has ended: `protocol`, `outcome`" },
  disconnecting: {
    level: "debug",
    help: "a connection is sent a Close, or its stream is ended: `code`, `reason`",
  },
  request_refused: {
    level: "debug",
    help: "a request was refused: `status`, `reason`, and the client's `address`",
  },
  command_refused: {
    level: "debug",
    help: "a command or a call of the server API failed: `via`, `method`, `code`",
  },
} as const satisfies Readonly<Record<string, EventDefinition>>;

/** The name of an event; it stays what it is, as people search for it. */
export type EventName = keyof typeof EVENTS;

/** The events as a table in Markdown. */
export function eventsTable(): string {
  const rows = Object.entries<EventDefinition>(EVENTS).map(([name, { level, help }]) =>
    `| \`${name}\` | ${level} | ${help} |`
  );
  return ["| event | level | what |", "|---|---|---|", ...rows].join("\n") + "\n";
}

/** What else is known about an event; never a payload or a token. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Options of {@linkcode Logger}. */
export interface LoggerOptions {
  readonly format: LogFormat;
  /** Less urgent events are not written. */
  readonly level: LogLevel;
  /** Whether pretty lines may use colours. @default false */
  readonly hasColour?: boolean;
  /** Writes a text as it is. May throw: the text is dropped then. */
  readonly write: (text: string) => void;
  /** @default Date.now */
  readonly now?: () => number;
}

const COLOURS: Record<LogLevel, string> = { debug: "90", info: "36", warning: "33", error: "31" };

/** Writes events of a level and above. */
export class Logger {
  readonly #options: LoggerOptions;
  #configured: LogLevel;
  #level: LogLevel;

  constructor(options: LoggerOptions) {
    this.#options = options;
    this.#configured = options.level;
    this.#level = options.level;
  }

  /** Less urgent events are not written. */
  get level(): LogLevel {
    return this.#level;
  }

  /** Takes over the level of a new configuration. */
  configure(level: LogLevel): void {
    this.#configured = level;
    this.#level = level;
  }

  /** Writes events from another level on, until the next change; says so wherever that is heard. */
  setLevel(level: LogLevel, by: string): void {
    const before = this.#level;
    const isLouder = LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(before);
    if (isLouder) this.#level = level;
    this.info("log_level", `${by}: logging from ${level} on`, { to: level, by });
    this.#level = level;
  }

  /** Everything, or what is configured, in turns. */
  toggleDebug(by: string): void {
    const quiet = this.#configured === "debug" ? "info" : this.#configured;
    this.setLevel(this.#level === "debug" ? quiet : "debug", by);
  }

  /** Whether an event of that level is written: to be asked where there are many. */
  writes(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.#level);
  }

  get format(): LogFormat {
    return this.#options.format;
  }

  debug(event: EventName, text: string, fields: LogFields = {}): void {
    this.#log("debug", { event, text, fields });
  }

  info(event: EventName, text: string, fields: LogFields = {}): void {
    this.#log("info", { event, text, fields });
  }

  warning(event: EventName, text: string, fields: LogFields = {}): void {
    this.#log("warning", { event, text, fields });
  }

  error(event: EventName, text: string, fields: LogFields = {}): void {
    this.#log("error", { event, text, fields });
  }

  #log(level: LogLevel, line: Line): void {
    if (!this.writes(level)) return;
    const time = new Date((this.#options.now ?? Date.now)());
    this.write(this.format === "json" ? json(level, time, line) : this.#pretty(level, time, line));
  }

  /** Writes a line as it is. */
  write(line: string): void {
    this.draw(`${line}\n`);
  }

  /** Writes a text as it is, no newline added; what cannot be written is dropped. */
  draw(text: string): void {
    try {
      this.#options.write(text);
    } catch {
      // The terminal has gone: there is nowhere left to say it, and no line is worth dying for.
    }
  }

  #pretty(level: LogLevel, time: Date, { text }: Line): string {
    const clock = time.toTimeString().slice(0, 8);
    const label = level === "info" ? "" : `${level}: `;
    if (!this.#options.hasColour) return `${clock}  ${label}${text}`;
    return `\x1b[90m${clock}\x1b[0m  \x1b[${COLOURS[level]}m${label}\x1b[0m${text}`;
  }
}

interface Line {
  readonly event: EventName;
  readonly text: string;
  readonly fields: LogFields;
}

/**
 * In JSON the sentence is left out where fields say it all, and kept as `message` from warning up.
 * No field takes the place of what every line has, and one that cannot be written loses its line's
 * fields, not the line.
 */
function json(level: LogLevel, time: Date, { event, text, fields }: Line): string {
  const head = { time: time.toISOString(), level, event };
  const message = level === "warning" || level === "error" ? { message: text } : {};
  try {
    return JSON.stringify({ ...head, ...message, ...fields, ...head });
  } catch {
    return JSON.stringify({ ...head, ...message });
  }
}
