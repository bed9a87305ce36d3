import { assertEquals, assertNotEquals } from "@std/assert";
import { RedisBroker } from "../../../server/history/redis_broker.ts";
import { RedisLog } from "../../../server/history/redis_log.ts";
import { RedisServers } from "../../../server/redis/mod.ts";
import { RedisProcess } from "../../helpers/redis_process.ts";
import { within } from "../../helpers/wait.ts";
import { fill } from "./contract/requirement.ts";

const retention = () => ({ size: 100, ttlMs: 3_600_000 });

async function open(redis: RedisProcess, node: string) {
  const servers = await RedisServers.connect(redis.url);
  return { servers, retention, node, log: await RedisLog.open({ servers, retention, node }) };
}

Deno.test("RedisBroker tells Redis later what it has only heard, so that a lost tail is noticed", async () => {
  await using redis = await RedisProcess.start();
  const [one, two] = [await open(redis, "node-one"), await open(redis, "node-two")];
  const broker = new RedisBroker({ ...two, onError: () => {} });
  const heard = Promise.withResolvers<string>();
  broker.listen({
    isBusy: () => false,
    moved: () => {},
    take: (_channel, epoch, brought) =>
      brought.at(-1)?.publication.offset === 5 && heard.resolve(epoch),
  });
  broker.join("a");
  assertEquals(await broker.joined("a"), true);
  await fill(one.log, "a", { count: 5, time: Date.now() });
  const epoch = await within(heard.promise, { what: "all to be heard" });
  await one.log.close();
  await redis.cli("HSET", "midgard:{a}:meta", "o", "3");
  const [top] = await two.log.tops(["a"]);
  assertEquals(top?.offset, 0);
  assertNotEquals(top?.epoch, epoch);
  broker.leave("a");
  await two.log.close();
});
