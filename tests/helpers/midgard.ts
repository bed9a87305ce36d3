/**
 * Starts the real server as a child process, from source and compiled, and sees it from outside
 * only: its lines on standard error, its port, its exit code.
 */
import { LogLines, type ReadyReport, type StoppedReport } from "./log_lines.ts";
import { within } from "./wait.ts";

/** The two ways to run the server; a promise that holds in one only is not kept. */
export const MODES = ["source", "compiled"] as const;

/** See `MODES`. */
export type Mode = typeof MODES[number];

/** How to start a server. */
export interface MidgardOptions {
  /** @default "source" */
  readonly mode?: Mode;
  /** Path of an executable to run instead. */
  readonly binary?: string;
  /** Options of `serve`. `--port 0` and `--log-format json` are added unless given here. */
  readonly args?: readonly string[];
  /** Variables added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory. @default a new empty folder, removed with the server */
  readonly cwd?: string;
  /** Limits on open descriptors, set by a shell that then becomes the server. */
  readonly ulimit?: { readonly soft?: number; readonly hard?: number };
}

/** What is left of a server when its process is gone. */
export interface MidgardExit {
  readonly code: number;
  /** The signal that killed it, when it did not exit by itself. */
  readonly signal: Deno.Signal | null;
  readonly stopped: StoppedReport | undefined;
  readonly stdout: string;
  /** `performance.now()` when the exit was seen. */
  readonly atMs: number;
  /** Since the first signal sent with `signal`; `NaN` without one. */
  readonly elapsedSinceSignalMs: number;
  /** Since the latest signal sent with `signal`; `NaN` without one. */
  readonly elapsedSinceLastSignalMs: number;
}

/** The repository's root. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

const READY_DEADLINE_MS = 15_000;
const EXIT_DEADLINE_MS = 30_000;

/** A server process. Dispose of it with `await using`: it is killed if it still lives. */
export class Midgard implements AsyncDisposable {
  readonly pid: number;
  /** Standard error, line by line. */
  readonly log: LogLines;
  /** Resolves with the ready line. Rejects when the process ends or 15 s pass without one. */
  readonly ready: Promise<ReadyReport>;
  /** Resolves when the process is gone and all it wrote has been read. */
  readonly exited: Promise<MidgardExit>;
  readonly #child: Deno.ChildProcess;
  readonly #ownFolder: string | undefined;
  #firstSignalAtMs = NaN;
  #lastSignalAtMs = NaN;
  #hasExited = false;

  private constructor(child: Deno.ChildProcess, ownFolder: string | undefined) {
    this.#child = child;
    this.#ownFolder = ownFolder;
    this.pid = child.pid;
    this.log = new LogLines(child.stderr);
    this.exited = this.#watchExit(new Response(child.stdout).text());
    this.ready = this.#watchReady();
    // A test that expects no ready line never looks at `ready`.
    this.ready.catch(() => {});
  }

  /** Starts a process and returns at once. @throws {Error} in mode "compiled" without a binary. */
  static spawn(options: MidgardOptions = {}): Midgard {
    const ownFolder = options.cwd === undefined ? Deno.makeTempDirSync() : undefined;
    const [command, ...args] = limited(commandLine(options), options.ulimit);
    const child = new Deno.Command(command!, {
      args,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...options.env },
      cwd: options.cwd ?? ownFolder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new Midgard(child, ownFolder);
  }

  /** Starts a process and waits until it is ready. */
  static async start(options: MidgardOptions = {}): Promise<RunningMidgard> {
    const server = Midgard.spawn(options);
    try {
      return Object.assign(server, { port: (await server.ready).port });
    } catch (cause) {
      await server[Symbol.asyncDispose]();
      throw cause;
    }
  }

  /** Sends a signal and notes when. */
  signal(name: Deno.Signal): void {
    this.#lastSignalAtMs = performance.now();
    if (Number.isNaN(this.#firstSignalAtMs)) this.#firstSignalAtMs = this.#lastSignalAtMs;
    this.#child.kill(name);
  }

  /** Sends a signal and waits for the exit. */
  async stop(name: Deno.Signal = "SIGINT"): Promise<MidgardExit> {
    this.signal(name);
    return await this.exit();
  }

  /** Waits for the exit; a server that does not go within 30 s fails the test with its log. */
  exit(): Promise<MidgardExit> {
    return within(this.exited, {
      deadlineMs: EXIT_DEADLINE_MS,
      what: "the server to exit",
      explain: () => this.log.toString(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasExited) this.#child.kill("SIGKILL");
    await this.exited;
    if (this.#ownFolder) await Deno.remove(this.#ownFolder, { recursive: true }).catch(() => {});
  }

  async #watchExit(output: Promise<string>): Promise<MidgardExit> {
    const { code, signal } = await this.#child.status;
    const atMs = performance.now();
    this.#hasExited = true;
    await this.log.ended;
    return {
      code,
      signal,
      stopped: this.log.of("stopped").at(-1) as StoppedReport | undefined,
      stdout: await output,
      atMs,
      elapsedSinceSignalMs: atMs - this.#firstSignalAtMs,
      elapsedSinceLastSignalMs: atMs - this.#lastSignalAtMs,
    };
  }

  async #watchReady(): Promise<ReadyReport> {
    const line = await within(this.log.next("ready"), {
      deadlineMs: READY_DEADLINE_MS,
      what: "the ready line",
      explain: () => this.log.toString(),
    });
    if (line) return line as ReadyReport;
    const { code } = await this.exited;
    throw new Error(`The server ended with code ${code} before it was ready:\n${this.log}`);
  }
}

/** A server that has said it is ready, and on which port. */
export type RunningMidgard = Midgard & { readonly port: number };

/** Registers one test for each mode: `name (source)` and `name (compiled)`. */
export function forEachMode(
  name: string,
  test: (mode: Mode) => Promise<void>,
  options: Omit<Deno.TestDefinition, "name" | "fn"> = {},
): void {
  for (const mode of MODES) {
    Deno.test({
      name: `${name} (${mode})`,
      fn: () => test(mode),
      ...options,
    });
  }
}

/** Program and arguments that start the server in a mode, with `--port 0` unless another is given. */
export function commandLine(
  { mode = "source", args = [], binary }: MidgardOptions,
): string[] {
  const own = mode === "source" ? sourceCommand : compiledCommand;
  const program = binary === undefined ? own() : [binary];
  const defaults = [["--port", "0"], ["--log-format", "json"]] as const;
  const added = defaults.filter(([flag]) => !args.some((arg) => arg.split("=")[0] === flag));
  return [...program, ...added.flat(), ...args];
}

/** The very command of the `start` task, so that the permissions under test are the real ones. */
function sourceCommand(): string[] {
  const config = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  const [program, ...words] = String(config.tasks.start.command ?? config.tasks.start).split(" ");
  if (program !== "deno") throw new Error(`Cannot parse the start task: it begins with ${program}`);
  return [Deno.execPath(), ...words.map((word) => word === "main.ts" ? `${ROOT}main.ts` : word)];
}

function compiledCommand(): string[] {
  const path = `${ROOT}midgard`;
  try {
    Deno.statSync(path);
  } catch (cause) {
    throw new Error(`Cannot start ${path}: run "deno task compile" first`, { cause });
  }
  return [path];
}

function limited(command: string[], ulimit: MidgardOptions["ulimit"]): string[] {
  if (!ulimit) return command;
  const limits = [["-S", ulimit.soft], ["-H", ulimit.hard]] as const;
  // The soft limit first: the hard one may not be set below it.
  const script = limits.filter(([, limit]) => limit !== undefined)
    .map(([flag, limit]) => `ulimit ${flag}n ${limit} && `).join("");
  return ["sh", "-c", `${script}exec "$@"`, "sh", ...command];
}
