import type { ChannelsConfig, Config } from "../config/mod.ts";
import { channelOptionsOf } from "../config/mod.ts";
import type { HistoryLog, Retention, RetentionOf } from "./history_log.ts";
import { MemoryLog } from "./memory_log.ts";
import { SqliteLog } from "./sqlite_log.ts";

/** What {@linkcode openHistory} needs besides the configuration. */
export interface OpenHistoryOptions {
  readonly retention: RetentionOf;
  /** Told when removing old publications begins to fail, and when it works again. */
  readonly onTrimming: (error: unknown) => void;
}

/**
 * Opens the history that the configuration names.
 *
 * @throws {HistoryFileError}
 */
export function openHistory(
  { data, durability }: Pick<Config, "data" | "durability">,
  { retention, onTrimming }: OpenHistoryOptions,
): HistoryLog {
  if (data === "memory") return new MemoryLog({ retention });
  return new SqliteLog({ path: data, durability, retention, onTrimming });
}

/**
 * How much is kept of a channel by the options of its namespace. A namespace that is gone has left
 * its channels behind: they are kept like those without one.
 */
export function retentionOf(channel: string, channels: ChannelsConfig): Retention {
  const options = channelOptionsOf(channel, channels) ?? channels.withoutNamespace;
  return { size: options.historySize, ttlMs: options.historyTtlMs };
}
