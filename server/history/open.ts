import type { Config } from "../config/mod.ts";
import type { HistoryLog } from "./history_log.ts";
import { MemoryLog } from "./memory_log.ts";
import { SqliteLog } from "./sqlite_log.ts";

/**
 * Opens the history that the configuration names.
 *
 * @param onTrimming Told when removing old publications begins to fail, and when it works again.
 * @throws {HistoryFileError}
 */
export function openHistory(
  { data, durability, historySize, historyTtlMs }: Config,
  onTrimming: (error: unknown) => void,
): HistoryLog {
  const retention = { size: historySize, ttlMs: historyTtlMs };
  if (data === "memory") return new MemoryLog({ retention });
  return new SqliteLog({ path: data, durability, retention, onTrimming });
}
