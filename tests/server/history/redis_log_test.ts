import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { RedisLog } from "../../../server/history/redis_log.ts";
import { RedisServers } from "../../../server/redis/mod.ts";
import { RedisProcess } from "../../helpers/redis_process.ts";
import { Relay } from "../../helpers/relay.ts";
import { sleep } from "../../helpers/wait.ts";
import { draft, fill, fromTo, offsets, offsetsOf, read } from "./contract/requirement.ts";
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

const KEEPS: LogOptions = { retention: () => ({ size: 100, ttlMs: 3_600_000 }), now: Date.now };

Deno.test("RedisLog begins a new epoch where Redis stands behind what this node has seen", async () => {
  await using redis = await RedisProcess.start();
  const log = await open(redis, KEEPS);
  await fill(log, "a", { count: 5, time: Date.now() });
  const { top } = await read(log, "a");
  await redis.cli("HSET", "midgard:{a}:meta", "o", "3");
  const [again] = await log.tops(["a"]);
  assertEquals(again?.offset, 0);
  assertNotEquals(again?.epoch, top.epoch);
  assertEquals(offsetsOf(await log.append([draft("a", "new", Date.now())])), [1]);
  assertEquals(offsets(await read(log, "a")), [1]);
  await log.close();
});

Deno.test("RedisLog stores nothing twice when the answer to a turn was lost", async () => {
  await using redis = await RedisProcess.start();
  using relay = new Relay(redis.port);
  const servers = await RedisServers.connect(`redis://127.0.0.1:${relay.port}`);
  const log = await RedisLog.open({ ...KEEPS, servers, node: "12345678" });
  await fill(log, "a", { count: 1, time: Date.now() });
  // What is sent reaches Redis, and its answer nobody: the relay is cut before Redis goes on.
  redis.signal("SIGSTOP");
  const appended = log.append(fromTo(2, 4).map((value) => draft("a", value, Date.now())));
  await sleep(100);
  relay.cut();
  redis.signal("SIGCONT");
  assertEquals(offsetsOf(await appended), [2, 3, 4]);
  assertEquals(offsets(await read(log, "a")), [1, 2, 3, 4]);
  await log.close();
});

Deno.test("RedisLog divides channels among several servers, and finds them again", async () => {
  await using one = await RedisProcess.start();
  await using two = await RedisProcess.start();
  const names = fromTo(1, 50).map((number) => `room:${number}`);
  for (const _ of fromTo(1, 2)) {
    const servers = await RedisServers.connect(`${one.url},${two.url}`);
    const log = await RedisLog.open({ ...KEEPS, servers, node: crypto.randomUUID().slice(0, 8) });
    await log.append(names.map((name) => draft(name, name, Date.now())));
    await log.close();
  }
  const counts = await Promise.all([one, two].map((redis) => redis.cli("GET", "midgard:channels")));
  assertEquals(Number(counts[0]) + Number(counts[1]), 50);
  assert(counts.every((count) => Number(count) > 10), counts.join(" and "));
});
