import type { ChannelsConfig, Config } from "../config/mod.ts";
import { channelOptionsOf } from "../config/mod.ts";
import { isRedisUrl } from "../redis/mod.ts";
import type { HistoryLog, Retention } from "./history_log.ts";
import { MemoryLog } from "./memory_log.ts";
import type { OpenRedisOptions, SharedHistory } from "./open_redis.ts";
import { SqliteLog } from "./sqlite_log.ts";

/** What {@linkcode openHistory} needs besides the configuration. */
export interface OpenHistoryOptions extends OpenRedisOptions {
  /** Told when removing old publications begins to fail, and when it works again. */
  readonly onTrimming: (error: unknown) => void;
}

/** History that is open; the rest is there only where several servers share it. */
export type OpenedHistory = { readonly log: HistoryLog } & Partial<Omit<SharedHistory, "log">>;

/**
 * Opens the history that the configuration names. What speaks to Redis is read only where it does.
 *
 * @throws {HistoryFileError | RedisError}
 */
export async function openHistory(
  { data, durability }: Pick<Config, "data" | "durability">,
  { retention, onTrimming, ...redis }: OpenHistoryOptions,
): Promise<OpenedHistory> {
  if (data === "memory") return { log: new MemoryLog({ retention }) };
  if (isRedisUrl(data)) {
    const { openRedis } = await import("./open_redis.ts");
    return await openRedis(data, { retention, ...redis });
  }
  return { log: new SqliteLog({ path: data, durability, retention, onTrimming }) };
}

/**
 * How much is kept of a channel by the options of its namespace. A namespace that is gone has left
 * its channels behind: they are kept like those without one.
 */
export function retentionOf(channel: string, channels: ChannelsConfig): Retention {
  const options = channelOptionsOf(channel, channels) ?? channels.withoutNamespace;
  return { size: options.historySize, ttlMs: options.historyTtlMs };
}
