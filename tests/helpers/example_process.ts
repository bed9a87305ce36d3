/** The examples, each started by its one command. */
import { ROOT } from "./midgard.ts";
import { waitFor, within } from "./wait.ts";

/** An example that runs. Dispose of it with `await using`: it is stopped if it still runs. */
export class ExampleProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #status: Promise<Deno.CommandStatus>;
  #hasExited = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#status = child.status.then((status) => {
      this.#hasExited = true;
      return status;
    });
  }

  /** Starts one with its files in `cwd`, and waits until its server is ready. */
  static async start(
    name: string,
    { port, cwd }: { readonly port: number; readonly cwd: string },
  ): Promise<ExampleProcess> {
    const { tasks } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
    const [, ...words] = String(tasks.example.command).split(" ");
    const args = words.map((word) => word.endsWith(".ts") ? `${ROOT}${word}` : word);
    const child = new Deno.Command(Deno.execPath(), {
      ...{ args: [...args, name, "--port", `${port}`], cwd },
      ...{ stdin: "null", stdout: "inherit", stderr: "null" },
      env: { DENO_NO_UPDATE_CHECK: "1" },
    }).spawn();
    const example = new ExampleProcess(child);
    const isReady = async () => {
      if (example.#hasExited) throw new Error(`The example ${name} ended before it was ready`);
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok === true;
    };
    await waitFor(isReady, { what: "the example's server", deadlineMs: 20_000 });
    return example;
  }

  /** Ctrl-C, as far as the launcher is concerned; gives its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGINT");
    const { code } = await within(this.#status, { what: "the example to end", deadlineMs: 15_000 });
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasExited) await this.stop();
  }
}
