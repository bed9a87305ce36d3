import { LogLines } from "../../tests/helpers/log_lines.ts";
import type { LogLine } from "../../tests/helpers/log_lines.ts";
import { within } from "../../tests/helpers/wait.ts";

/** How a process of a benchmark is started. */
export interface ProgramOptions {
  /** Soft limit on descriptors; without it that of this process. */
  readonly descriptors?: number;
  /** Working directory, where a server keeps what it stores. @default a new one, removed with it */
  readonly folder?: string;
  /** The one core it may use (Linux). @default all */
  readonly core?: number;
}

const DEADLINE_MS = 60_000;

/**
 * A server or a crowd of clients in a process of its own. Each tells what it does in JSON lines on
 * standard error, as Midgard does. Dispose of it with `await using`: it is killed if it still lives.
 */
export class Program implements AsyncDisposable {
  readonly startedAt: number;
  readonly pid: number;
  readonly log: LogLines;
  readonly #child: Deno.ChildProcess;
  readonly #exitedAt: Promise<number>;
  readonly #ownFolder: string | undefined;
  #hasExited = false;

  constructor(command: readonly string[], options: ProgramOptions = {}) {
    const { folder } = options;
    this.#ownFolder = folder === undefined ? Deno.makeTempDirSync() : undefined;
    const [program = "", ...args] = confined(command, options);
    this.startedAt = performance.now();
    this.#child = new Deno.Command(program, {
      args,
      cwd: folder ?? this.#ownFolder,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.log = new LogLines(this.#child.stderr);
    this.#exitedAt = this.#child.status.then(() => {
      this.#hasExited = true;
      return performance.now();
    });
  }

  /** Waits for the first line of that `event`. @throws {Error} when it does not come. */
  async line(event: string): Promise<LogLine> {
    const line = await within(this.log.next(event), {
      deadlineMs: DEADLINE_MS,
      what: `the line "${event}"`,
      explain: () => this.log.toString(),
    });
    if (line === undefined) throw new Error(`Ended before its line "${event}":\n${this.log}`);
    return line;
  }

  /** Waits for the ready line and gives its port. */
  async port(): Promise<number> {
    return Number((await this.line("ready")).port);
  }

  /** Sends a signal; gives the time of it. */
  signal(name: Deno.Signal): number {
    const at = performance.now();
    this.#child.kill(name);
    return at;
  }

  /** Resolves when the process is gone, with the time of it on `performance.now()`'s clock. */
  get exitedAt(): Promise<number> {
    return within(this.#exitedAt, {
      deadlineMs: DEADLINE_MS,
      what: "the process to exit",
      explain: () => this.log.toString(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasExited) this.#child.kill("SIGKILL");
    await this.#exitedAt;
    await this.log.ended;
    if (this.#ownFolder) await Deno.remove(this.#ownFolder, { recursive: true });
  }
}

/** The command behind those that limit what it may use, and then become it. */
function confined(
  command: readonly string[],
  { descriptors, core }: ProgramOptions,
): readonly string[] {
  const limit = ["sh", "-c", `ulimit -Sn ${descriptors} && exec "$@"`, "sh"];
  const pin = ["taskset", "-c", `${core}`];
  return [
    ...(descriptors === undefined ? [] : limit),
    ...(core === undefined ? [] : pin),
    ...command,
  ];
}
