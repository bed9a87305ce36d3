/** Structured logging: one line per event, as JSON for machines or as a sentence for people. */

/** From least to most urgent. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How a line is written. */
export const LOG_FORMATS = ["pretty", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

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
  /** Less urgent events are not written. */
  level: LogLevel;

  constructor(options: LoggerOptions) {
    this.#options = options;
    this.level = options.level;
  }

  get format(): LogFormat {
    return this.#options.format;
  }

  debug(event: string, text: string, fields: LogFields = {}): void {
    this.#log("debug", { event, text, fields });
  }

  info(event: string, text: string, fields: LogFields = {}): void {
    this.#log("info", { event, text, fields });
  }

  warning(event: string, text: string, fields: LogFields = {}): void {
    this.#log("warning", { event, text, fields });
  }

  error(event: string, text: string, fields: LogFields = {}): void {
    this.#log("error", { event, text, fields });
  }

  #log(level: LogLevel, line: Line): void {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.level)) return;
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
  readonly event: string;
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
