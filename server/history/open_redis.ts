import { RedisServers, RedisUnansweredError } from "../redis/mod.ts";
import type { RetentionOf } from "./history_log.ts";
import { RedisBroker } from "./redis_broker.ts";
import { RedisLog } from "./redis_log.ts";
import { NODE_LENGTH } from "./redis_record.ts";

/** Options of {@linkcode openRedis}. */
export interface OpenRedisOptions {
  readonly retention: RetentionOf;
  /** Told that Redis is lost, with the reason, and with undefined that all of it is there again. */
  readonly onRedis: (problem: string | undefined) => void;
  /** Told what failed although Redis is there; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** A history that several nodes share, and what brings each of them what all of them publish. */
export interface SharedHistory {
  readonly log: RedisLog;
  readonly broker: RedisBroker;
  readonly servers: RedisServers;
}

/** Connects to the servers that `urls` names. @throws {RedisError} */
export async function openRedis(
  urls: string,
  { retention, onRedis, onError }: OpenRedisOptions,
): Promise<SharedHistory> {
  const servers = await RedisServers.connect(urls);
  const node = crypto.randomUUID().slice(0, NODE_LENGTH);
  const log = await RedisLog.open({ servers, retention, node });
  const broker = new RedisBroker({
    ...{ servers, log, retention, node },
    onError: (error) => {
      // The connection broke: its state, which follows, says so, and all is done anew.
      if (!(error instanceof RedisUnansweredError)) onError(error);
    },
  });
  let wasUp = true;
  for (const server of servers.all) {
    server.onState(() => {
      if (servers.isUp === wasUp) return;
      wasUp = servers.isUp;
      onRedis(servers.problem);
    });
  }
  return { log, broker, servers };
}
