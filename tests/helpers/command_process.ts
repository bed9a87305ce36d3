/** The commands beside the server as child processes, from source and compiled. */
import type { Mode } from "./midgard.ts";
import { commandLine, ROOT } from "./midgard.ts";
import { waitFor, within } from "./wait.ts";

/** How a command is run. */
export interface CommandProcessOptions {
  /** @default "source" */
  readonly mode?: Mode;
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. @default none: it is closed at once */
  readonly input?: string | Uint8Array | ReadableStream<Uint8Array>;
}

/** What is left of a command when its process is gone. */
export interface CommandExit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Program and arguments of a command. */
export function commandWords(mode: Mode, ...args: readonly string[]): [string, ...string[]] {
  const [program = "", ...words] = commandLine({ mode });
  const before = mode === "compiled" ? [] : words.slice(0, words.indexOf("serve"));
  return [program, ...before, ...args];
}

/** The same as words of a shell. */
export function commandText(mode: Mode, ...args: readonly string[]): string {
  return commandWords(mode, ...args).map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

/** A command that runs. Dispose of it with `await using`: it is killed if it still lives. */
export class CommandProcess implements AsyncDisposable {
  /** What it has written so far. */
  stdout = "";
  stderr = "";
  /** Resolves when the process is gone and all it wrote has been read. */
  readonly exited: Promise<CommandExit>;
  readonly #child: Deno.ChildProcess;
  /** Ends the feeding of standard input, which may have no end of its own. */
  readonly #gone = new AbortController();
  #hasExited = false;

  constructor(args: readonly string[], options: CommandProcessOptions = {}) {
    const { mode = "source", env, input } = options;
    const [program, ...words] = commandWords(mode, ...args);
    this.#child = new Deno.Command(program, {
      ...{ args: words, cwd: ROOT, stdin: "piped", stdout: "piped", stderr: "piped" },
      env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...env },
    }).spawn();
    this.exited = this.#watch(feed(this.#child.stdin, input, this.#gone.signal));
  }

  get pid(): number {
    return this.#child.pid;
  }

  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  /** Waits for the exit, a minute at most. */
  exit(): Promise<CommandExit> {
    const explain = () => `${this.stdout.slice(-2_000)}${this.stderr}`;
    return within(this.exited, { deadlineMs: 60_000, what: "the command to exit", explain });
  }

  /** Waits for what it writes. */
  async until(on: "stdout" | "stderr", pattern: RegExp): Promise<void> {
    await waitFor(() => pattern.test(this[on]), {
      ...{ what: String(pattern), deadlineMs: 20_000 },
      explain: () => `${this.stdout.slice(-2_000)}${this.stderr}`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasExited) this.#child.kill("SIGKILL");
    await this.exited;
  }

  async #watch(fed: Promise<void>): Promise<CommandExit> {
    const read = async (from: ReadableStream<Uint8Array>, to: "stdout" | "stderr") => {
      const decoder = new TextDecoderStream() as TransformStream<Uint8Array, string>;
      for await (const part of from.pipeThrough(decoder)) this[to] += part;
    };
    const { stdout, stderr } = this.#child;
    await Promise.all([read(stdout, "stdout"), read(stderr, "stderr")]);
    const { code } = await this.#child.status;
    this.#hasExited = true;
    this.#gone.abort();
    await fed;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  options: CommandProcessOptions = {},
): Promise<CommandExit> {
  await using command = new CommandProcess(args, options);
  return await command.exit();
}

async function feed(
  stdin: WritableStream<Uint8Array>,
  input: CommandProcessOptions["input"] = new Uint8Array(),
  signal: AbortSignal,
): Promise<void> {
  const stream = input instanceof ReadableStream ? input : new Response(input as BodyInit).body;
  try {
    if (stream === null) await stdin.close();
    else await stream.pipeTo(stdin, { signal });
  } catch {
    // It ended before it had read all: its exit says why.
  }
}
