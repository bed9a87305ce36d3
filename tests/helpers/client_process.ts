/** Clients in a process of their own, which can be frozen as a whole. */
import { within } from "./wait.ts";

/** What the clients do. */
export interface ClientProcessOptions {
  readonly port: number;
  /** @default "/channels/test" */
  readonly path?: string;
  /** How many sockets. @default 1 */
  readonly count?: number;
}

/** A child process with open, idle WebSockets. Dispose of it with `await using`. */
export class ClientProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  /** Starts the process and waits until its sockets are open. */
  static async start(
    { port, path = "/channels/test", count = 1 }: ClientProcessOptions,
  ): Promise<ClientProcess> {
    const script = new URL("idle_client.ts", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-net", script, `${port}`, path, `${count}`],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.getReader();
    const first = await within(reader.read(), { deadlineMs: 15_000, what: "the client process" });
    reader.releaseLock();
    if (first.done) throw new Error("The client process ended before its sockets were open");
    return new ClientProcess(child);
  }

  /** Freezes the process: its sockets stay open, and nothing reads or answers. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#child.stdout.cancel();
  }
}
