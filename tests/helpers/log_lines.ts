/** What a server writes: JSON log lines on standard error, cut and parsed as they come. */

/** One log line. The fields beside `event` depend on the event. */
export interface LogLine {
  readonly event?: string;
  readonly level?: string;
  readonly time?: string | number;
  readonly [field: string]: unknown;
}

/** The line that says that the server accepts connections. */
export interface ReadyReport extends LogLine {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
}

/** The server's last line. */
export interface StoppedReport extends LogLine {
  readonly signal: string;
  readonly clients: number;
  readonly closed_cleanly: number;
  readonly terminated: number;
  readonly received: number;
  readonly received_while_closing: number;
  readonly duration_ms: number;
}

/** Collects the lines of one stream and tells waiters about each. */
export class LogLines {
  /** Lines that are JSON objects, in order. */
  readonly lines: LogLine[] = [];
  /** Lines that are not, which a server that logs JSON must never write. */
  readonly invalid: string[] = [];
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  #watchers = new Set<() => void>();
  #hasEnded = false;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.ended = this.#collect(stream);
  }

  /**
   * Resolves with the first line of that `event`, past or to come, or the first but `skipped`;
   * `undefined` at the end.
   */
  next(event: string, skipped = 0): Promise<LogLine | undefined> {
    const { promise, resolve } = Promise.withResolvers<LogLine | undefined>();
    const watch = () => {
      const line = this.of(event)[skipped];
      if (!line && !this.#hasEnded) return;
      this.#watchers.delete(watch);
      resolve(line);
    };
    this.#watchers.add(watch);
    watch();
    return promise;
  }

  /** The lines of that `event`. */
  of(event: string): LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  /** All of it as text, for failure messages. */
  toString(): string {
    return [...this.lines.map((line) => JSON.stringify(line)), ...this.invalid].join("\n");
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#add(line);
    }
    if (rest) this.#add(rest);
    this.#hasEnded = true;
    this.#notify();
  }

  #add(text: string): void {
    const line = parseLine(text);
    if (line) this.lines.push(line);
    else this.invalid.push(text);
    this.#notify();
  }

  #notify(): void {
    for (const watch of [...this.#watchers]) watch();
  }
}

function parseLine(text: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as LogLine : undefined;
  } catch {
    return undefined;
  }
}
