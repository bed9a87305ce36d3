import { request } from "./http.ts";
import type { Mode, RunningMidgard } from "./midgard.ts";
import type { LogLine } from "./log_lines.ts";
import { Midgard } from "./midgard.ts";

/** A server with a configuration file that can be written anew. */
export class Configured implements AsyncDisposable {
  readonly server: RunningMidgard;
  readonly #folder: string;

  private constructor(server: RunningMidgard, folder: string) {
    this.server = server;
    this.#folder = folder;
  }

  static async start(mode: Mode, file: unknown): Promise<Configured> {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/midgard.json`, JSON.stringify(file));
    const args = ["--config", "midgard.json", "--data", "memory"];
    return new Configured(await Midgard.start({ mode, cwd: folder, args }), folder);
  }

  /** Writes the file anew and asks for a reload; gives the line that says what came of it. */
  async reload(file: unknown, event = "reload"): Promise<LogLine | undefined> {
    await Deno.writeTextFile(`${this.#folder}/midgard.json`, JSON.stringify(file));
    const { log } = this.server;
    const line = log.next(event, log.of(event).length);
    this.server.signal("SIGHUP");
    return await line;
  }

  /** The status of an answer to a request. */
  async status(line: string, body?: string): Promise<number> {
    return (await request(this.server.port, line, { ...(body && { body }) })).status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
