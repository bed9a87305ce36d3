import { format } from "@std/fmt/bytes";
import type { DrainProgress, LifecycleState, ServiceManager } from "../lifecycle/mod.ts";
import type { Config } from "./config/mod.ts";
import { OPTIONS } from "./config/mod.ts";
import type { HistoryUsage } from "./history/mod.ts";
import type { Logger } from "./log.ts";
import type { Server, ServerReport } from "./server.ts";
import { bannerLines, ProgressBar } from "./terminal/mod.ts";
import { VERSION } from "./version.ts";

/** What a narrator knows of where its words go. */
export interface NarratorOptions {
  readonly config: Pick<Config, "data" | "tlsCert">;
  /** Whether log lines go to a terminal. */
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
}

/** Says what happens, to people or to programs. */
export class Narrator {
  readonly #log: Logger;
  readonly #options: NarratorOptions;
  /** Told the same, if there is one. */
  serviceManager: ServiceManager | undefined;
  #bar: ProgressBar | undefined;

  constructor(log: Logger, options: NarratorOptions) {
    this.#log = log;
    this.#options = options;
  }

  tellReady({ hostname, port }: Deno.NetAddr, { history }: Server): void {
    const startup_ms = Math.round(performance.now());
    const scheme = this.#options.config.tlsCert === undefined ? "http" : "https";
    const url = `${scheme}://${urlHost(hostname)}:${port}`;
    if (this.#log.format === "json") {
      const fields = { url, port, pid: Deno.pid, startup_ms, version: VERSION };
      return this.#log.info("ready", "ready", fields);
    }
    const lines = bannerLines({
      url,
      startupMs: startup_ms,
      history: describeHistory(this.#options.config.data, history),
      hasColour: this.#options.hasColour,
    });
    this.#log.write(lines.join("\n"));
  }

  /** A reload has begun or ended. */
  tellReloading(isReloading: boolean): void {
    this.serviceManager?.tellReloading(isReloading);
  }

  tellState(state: LifecycleState): void {
    this.serviceManager?.tellState(state);
    if (state.kind === "draining") {
      // The terminal has just echoed ^C: begin the line anew.
      if (this.#log.format === "pretty" && this.#options.isTerminal) this.#log.draw("\r");
      this.#log.info("draining", `${state.signal}: stopping`, { signal: state.signal });
    }
    if (state.kind !== "closing") return;
    this.#log.info("closing", "closing connections", { signal: state.signal });
    if (this.#log.format === "json" || !this.#options.isTerminal) return;
    this.#bar = new ProgressBar({ label: "closing", write: (text) => this.#log.draw(text) });
  }

  tellProgress(progress: DrainProgress): void {
    const { clients, closedCleanly, terminated } = progress;
    this.serviceManager?.tellProgress(progress);
    this.#bar?.update(closedCleanly + terminated, clients);
  }

  tellStopped(report: ServerReport): void {
    this.#bar?.clear();
    for (const { step, error } of report.problems) {
      this.#log.error("stop_problem", `${step}: ${error}`, { step, error: String(error) });
    }
    if (this.#options.config.data === "memory") {
      const { channels, bytes } = report.history;
      const text = `history was in memory: ${channels} channels are forgotten`;
      this.#log.info("history_forgotten", text, { channels, bytes });
    }
    const fields = {
      signal: report.signal,
      clients: report.clients,
      closed_cleanly: report.closedCleanly,
      terminated: report.terminated,
      received: report.received,
      received_while_closing: report.receivedWhileClosing,
      duration_ms: report.durationMs,
    };
    this.#log.info("stopped", stoppedSentence(report), fields);
  }
}

function describeHistory(data: string, { channels, bytes }: HistoryUsage): string {
  if (data === "memory") return "in memory, forgotten on stop";
  return `${OPTIONS.data.type.print(data)}, ${channels} channels, ${
    format(bytes, { binary: true })
  }`;
}

function stoppedSentence(report: ServerReport): string {
  const { signal, clients, closedCleanly, terminated, durationMs } = report;
  const { received, receivedWhileClosing } = report;
  return `Stopped by ${signal} in ${durationMs} ms: ${clients} clients, ${closedCleanly} closed ` +
    `cleanly, ${terminated} terminated; ${received} messages received, ` +
    `${receivedWhileClosing} while closing`;
}

/** A URL that can be opened: nobody can connect to "any address". */
export function urlHost(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") return "localhost";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
