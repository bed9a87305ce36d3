/**
 * A command in a real pseudo-terminal, because a terminal sends Ctrl-C to the whole foreground
 * process group and `child.kill` does not: under `deno task` the server may be signalled several
 * times for one key.
 *
 * `script` of util-linux (Debian: bsdutils, always installed) makes the terminal; what is written
 * to its standard input is typed.
 */
import { within } from "./wait.ts";

/** Where and how to run the command. */
export interface TerminalOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The key that makes a terminal send SIGINT. */
export const CTRL_C = "\x03";

const DEFAULT_DEADLINE_MS = 20_000;
const encoder = new TextEncoder();

/** A terminal with one command in it. Dispose of it with `await using`: hanging up ends the command. */
export class PseudoTerminal implements AsyncDisposable {
  /** Everything the terminal has shown, with its escape sequences. */
  output = "";
  /** Resolves with the command's exit code (128 + n for a signal) when all output is read. */
  readonly exited: Promise<{ readonly code: number; readonly atMs: number }>;
  readonly #child: Deno.ChildProcess;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #watchers = new Set<() => void>();
  #hasExited = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#keyboard = child.stdin.getWriter();
    this.exited = this.#watchExit(this.#collect(child.stdout));
  }

  /** Runs a command, given as words, in a terminal of its own. */
  static open(words: readonly string[], { cwd, env }: TerminalOptions = {}): PseudoTerminal {
    const child = new Deno.Command("script", {
      // -q no banner, -f flush each write, -e the command's own exit code, -c the command.
      args: ["-qfec", `exec ${words.map(quoted).join(" ")}`, "/dev/null"],
      env: { DENO_NO_UPDATE_CHECK: "1", TERM: "xterm", ...env },
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    return new PseudoTerminal(child);
  }

  /** Types `text`; `CTRL_C` is a key like any other. */
  async write(text: string): Promise<void> {
    await this.#keyboard.write(encoder.encode(text));
  }

  /** Waits until the output matches, and returns the match. */
  async waitFor(pattern: RegExp, deadlineMs = DEFAULT_DEADLINE_MS): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const watch = () => {
      const match = pattern.exec(this.output);
      if (match) return resolve(match);
      if (this.#hasExited) {
        reject(new Error(`The command ended before ${pattern}:\n${this.output}`));
      }
    };
    this.#watchers.add(watch);
    watch();
    try {
      const explain = () => this.output;
      return await within(promise, { deadlineMs, what: `${pattern} in the terminal`, explain });
    } finally {
      this.#watchers.delete(watch);
    }
  }

  /** Waits for the end of the command. */
  exit(
    deadlineMs = DEFAULT_DEADLINE_MS,
  ): Promise<{ readonly code: number; readonly atMs: number }> {
    const explain = () => this.output;
    return within(this.exited, { deadlineMs, what: "the command to end", explain });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // SIGKILL closes the terminal, and a closed terminal sends SIGHUP to what runs in it.
    if (!this.#hasExited) this.#child.kill("SIGKILL");
    await this.exited;
    await this.#keyboard.close().catch(() => {});
  }

  async #watchExit(collected: Promise<void>): Promise<{ code: number; atMs: number }> {
    const { code } = await this.#child.status;
    const atMs = performance.now();
    await collected;
    this.#hasExited = true;
    this.#notify();
    return { code, atMs };
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.output += text;
      this.#notify();
    }
  }

  #notify(): void {
    for (const watch of [...this.#watchers]) watch();
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
