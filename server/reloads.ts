import { tokenProblems } from "./auth/mod.ts";
import type { Config, ReloadedConfig } from "./config/mod.ts";
import type { Logger } from "./log.ts";
import type { Server } from "./server.ts";

/** Options of {@linkcode Reloads}. */
export interface ReloadsOptions {
  /** Reads the configuration again, for a server that runs with another one. */
  readonly reload: (running: Config) => Promise<ReloadedConfig>;
  /** Told when reloading begins and when it has ended, well or not. */
  readonly onBusy: (isReloading: boolean) => void;
}

/**
 * Reads the configuration again when asked to, one time after the other. What is wrong with it is
 * said, and leaves the old one in force.
 */
export class Reloads {
  readonly #log: Logger;
  readonly #options: ReloadsOptions;
  #server: Server | undefined;
  #isAsked = false;
  #isBusy = false;

  constructor(log: Logger, options: ReloadsOptions) {
    this.#log = log;
    this.#options = options;
  }

  /** The server is up; what was asked for before is done now. */
  begin(server: Server): void {
    this.#server = server;
    if (this.#isAsked) this.request();
  }

  /** Asks for a reload; asked for again while one is under way, there will be one more. */
  request(): void {
    this.#isAsked = true;
    const server = this.#server;
    if (this.#isBusy || server === undefined) return;
    this.#isBusy = true;
    this.#options.onBusy(true);
    this.#run(server).catch((error: unknown) => this.#tellRefused([String(error)])).finally(() => {
      this.#isBusy = false;
      this.#options.onBusy(false);
      if (this.#isAsked) this.request();
    });
  }

  async #run(server: Server): Promise<void> {
    this.#isAsked = false;
    const reloaded = await this.#options.reload(server.config);
    if (reloaded.kind === "refused") return this.#tellRefused(reloaded.problems);
    const { config, needRestart } = reloaded;
    const problems = await tokenProblems(config.client);
    if (problems.length > 0) return this.#tellRefused(problems);
    const changedFiles = await server.changedTlsFiles();
    server.reload(config);
    this.#log.configure(config.logLevel);
    this.#log.info("reload", "SIGHUP: the configuration is read again", {});
    const keys = [...new Set([...needRestart, ...changedFiles])];
    if (keys.length === 0) return;
    this.#log.warning("restart_needed", `a restart is needed for ${keys.join(", ")}`, { keys });
  }

  #tellRefused(problems: readonly string[]): void {
    const text = `SIGHUP: the old configuration stays in force: ${problems.join("; ")}`;
    this.#log.error("reload_refused", text, { problems });
  }
}
