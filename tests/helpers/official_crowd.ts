/** Official clients in processes of their own, which come back by themselves after each restart. */
import { LogLines } from "./log_lines.ts";
import { range, within } from "./wait.ts";

/** Who takes part. */
export interface CrowdOptions {
  readonly port: number;
  readonly clients: number;
  /** Clients are spread over the channels `crowd-0`, `crowd-1` and so on. */
  readonly channels: number;
  readonly processes: number;
  /** File of the authority to trust; with one the clients connect over TLS. */
  readonly ca?: string;
}

/** What happened to all clients since they were last all subscribed. */
export interface Resumption {
  /** How many of them had to connect anew, by code and reason. */
  readonly closes: Readonly<Record<string, number>>;
  readonly subscribed: number;
  /** Those of them that were told that they had recovered. */
  readonly recovered: number;
}

/** What one client was sent, as `offset:data`. */
export interface Received {
  readonly channel: string;
  readonly received: readonly string[];
}

const START_MS = 30_000;
const FINISH_MS = 20_000;

/** A crowd of clients. Dispose of it with `await using`. */
export class OfficialCrowd implements AsyncDisposable {
  readonly #children: readonly Deno.ChildProcess[];
  readonly #logs: readonly LogLines[];

  /** Starts the processes; the clients connect as soon as there is a server. */
  constructor({ port, clients, channels, processes, ca }: CrowdOptions) {
    const script = new URL("official_clients.ts", import.meta.url).pathname;
    const share = Math.ceil(clients / processes);
    this.#children = range(processes).map((index) => {
      const first = index * share;
      const count = Math.min(share, clients - first);
      const numbers = [port, first, count, channels].map(String);
      const scheme = ca === undefined ? "http" : "https";
      return new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--allow-net=127.0.0.1", script, ...numbers, scheme],
        env: ca === undefined ? {} : { DENO_CERT: ca },
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
    });
    this.#logs = this.#children.map((child) => new LogLines(child.stdout));
  }

  /** Resolves when every client is subscribed for the time `times`, of which 0 is the first. */
  async subscribed(times: number): Promise<Resumption> {
    const lines = await this.#each(`subscribed ${times}`, START_MS);
    const closes: Record<string, number> = {};
    for (const line of lines) {
      for (const [name, count] of Object.entries(line["closes"] as Resumption["closes"])) {
        closes[name] = (closes[name] ?? 0) + count;
      }
    }
    const sum = (field: string) => lines.reduce((total, line) => total + Number(line[field]), 0);
    return { closes, subscribed: sum("subscribed"), recovered: sum("recovered") };
  }

  /** Lets every client catch up with the `tops` of the channels and gives what each was sent. */
  async finish(tops: Readonly<Record<string, number>>): Promise<Received[]> {
    for (const { stdin } of this.#children) {
      await new Blob([JSON.stringify(tops)]).stream().pipeTo(stdin);
    }
    await this.#each("finished", FINISH_MS);
    return this.#logs.flatMap((log) => log.of("client") as unknown as Received[]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      await child.status;
      await child.stdin.close().catch(() => {});
    }
    await Promise.all(this.#logs.map(({ ended }) => ended));
  }

  async #each(event: string, deadlineMs: number) {
    const lines = this.#logs.map(async (log) => {
      const line = await log.next(event);
      if (line !== undefined) return line;
      throw new Error(`The clients ended before "${event}":\n${log}`);
    });
    const explain = () => this.#logs.map(({ lines }) => JSON.stringify(lines.at(-1))).join("\n");
    return await within(Promise.all(lines), { deadlineMs, what: event, explain });
  }
}
