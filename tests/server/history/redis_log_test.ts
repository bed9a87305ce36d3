import { RedisLog } from "../../../server/history/redis_log.ts";
import { RedisServers } from "../../../server/redis/mod.ts";
import { RedisProcess } from "../../helpers/redis_process.ts";
import type { LogOptions } from "./history_log_contract.ts";
import { testHistoryLog } from "./history_log_contract.ts";

const redises = new WeakMap<object, RedisProcess>();

async function open(redis: RedisProcess, options: LogOptions): Promise<RedisLog> {
  const servers = await RedisServers.connect(redis.url);
  const node = crypto.randomUUID().slice(0, 8);
  const log = await RedisLog.open({ ...options, servers, node });
  redises.set(log, redis);
  return log;
}

testHistoryLog("RedisLog", {
  open: async (options) => await open(await RedisProcess.start(), options),
  reopen: async (log, options) => await open(redises.get(log)!, options),
  remove: async (log) => await redises.get(log)?.[Symbol.asyncDispose](),
});
