/** `midgard bench` as a child process, from source and compiled. */
import type { Mode } from "./midgard.ts";
import { commandLine } from "./midgard.ts";
import { within } from "./wait.ts";

/** What is left of a bench when its process is gone. */
export interface BenchExit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The figures of `--json` that the tests look at. */
export interface BenchSummary {
  readonly ending: string;
  readonly is_flawless: boolean;
  readonly publish: {
    readonly sent: number;
    readonly acknowledged: number;
    readonly refused: number;
    readonly unanswered: number;
    readonly unsent: number;
    readonly per_second: number;
    readonly latency_ms: Readonly<Record<string, number>>;
  };
  readonly delivery: {
    readonly delivered: number;
    readonly lost: number;
    readonly missed: number;
    readonly repeated: number;
    readonly out_of_order: number;
    readonly per_second: number;
    readonly latency_ms: Readonly<Record<string, number>>;
  };
  readonly errors: Readonly<Record<string, number>>;
  readonly closes: Readonly<Record<string, number>>;
}

/** What a bench is started with. */
export interface BenchProcessOptions {
  /** @default "source" */
  readonly mode?: Mode;
  readonly port: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Program and arguments of a bench of the server at a port. */
export function benchCommand({ mode = "source", port, args = [] }: BenchProcessOptions): string[] {
  const words = commandLine({ mode });
  const program = mode === "compiled" ? words.slice(0, 1) : words.slice(0, words.indexOf("serve"));
  return [...program, "bench", "--url", `http://127.0.0.1:${port}`, ...args];
}

/** A bench that runs. Dispose of it with `await using`: it is killed if it still lives. */
export class BenchProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #exit: Promise<BenchExit>;
  #hasExited = false;

  constructor(options: BenchProcessOptions) {
    const [program = "", ...args] = benchCommand(options);
    this.#child = new Deno.Command(program, {
      args,
      env: { DENO_NO_UPDATE_CHECK: "1", ...options.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#exit = this.#watch();
  }

  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  /** Waits for the exit, 30 s at most. */
  exit(): Promise<BenchExit> {
    return within(this.#exit, { deadlineMs: 30_000, what: "the bench to exit" });
  }

  /** Waits for the exit; the summary of `--json` with it. */
  async summary(): Promise<BenchExit & { readonly summary: BenchSummary }> {
    const exit = await this.exit();
    try {
      return { ...exit, summary: JSON.parse(exit.stdout) };
    } catch (cause) {
      throw new Error(`The bench printed no summary: ${exit.stdout}${exit.stderr}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasExited) this.#child.kill("SIGKILL");
    await this.#exit;
  }

  async #watch(): Promise<BenchExit> {
    const { code, stdout, stderr } = await this.#child.output();
    this.#hasExited = true;
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  }
}
