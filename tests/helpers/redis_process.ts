/** Starts a real `redis-server` as a child process on a port of its own. */
import { freePort } from "./free_port.ts";
import { within } from "./wait.ts";

/** How to start a Redis. */
export interface RedisOptions {
  /** @default a free one */
  readonly port?: number;
  /** Arguments of `redis-server` besides, such as `["--requirepass", "secret"]`. */
  readonly args?: readonly string[];
  /** Where its files are. @default a new empty folder, removed with it */
  readonly folder?: string;
}

/** A Redis process. Dispose of it with `await using`: it is killed if it still lives. */
export class RedisProcess implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #args: readonly string[];
  readonly #ownsFolder: boolean;
  #child: Deno.ChildProcess | undefined;

  private constructor(port: number, { args = [], folder }: RedisOptions) {
    this.port = port;
    this.#args = args;
    this.#ownsFolder = folder === undefined;
    this.folder = folder ?? Deno.makeTempDirSync();
  }

  /** Starts one and waits until it takes connections. It keeps nothing on a disk unless told to. */
  static async start(options: RedisOptions = {}): Promise<RedisProcess> {
    const redis = new RedisProcess(options.port ?? freePort(), options);
    await redis.again();
    return redis;
  }

  /** The URL of its first database. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again, on the same port and with the same files; waits until it says `sign`. */
  async again(
    more: readonly string[] = [],
    sign = "Ready to accept connections",
  ): Promise<void> {
    const base = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.folder];
    const child = new Deno.Command("redis-server", {
      args: [...base, "--save", "", ...this.#args, ...more],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#child = child;
    const lines: string[] = [];
    const isReady = Promise.withResolvers<boolean>();
    const reading = (async () => {
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        lines.push(text);
        if (text.includes(sign)) isReady.resolve(true);
      }
      isReady.resolve(false);
    })();
    reading.catch(() => isReady.resolve(false));
    const isUp = await within(isReady.promise, {
      deadlineMs: 10_000,
      what: "redis-server to take connections",
      explain: () => lines.join(""),
    });
    if (!isUp) throw new Error(`redis-server has ended:\n${lines.join("")}`);
  }

  /** Sends it a signal. */
  signal(name: Deno.Signal): void {
    this.#child?.kill(name);
  }

  /** Ends it with a signal and waits until it has gone. */
  async stop(name: Deno.Signal = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    child.kill(name);
    await child.status;
  }

  /** Runs `redis-cli` against it; gives what it prints. */
  async cli(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await new Deno.Command("redis-cli", {
      args: ["-p", String(this.port), ...args],
    }).output();
    const text = new TextDecoder().decode(code === 0 ? stdout : stderr).trim();
    if (code !== 0) throw new Error(`redis-cli ${args.join(" ")}: ${text}`);
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#ownsFolder) await Deno.remove(this.folder, { recursive: true }).catch(() => {});
  }
}
