import { RedisProcess } from "../../tests/helpers/redis_process.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inTurns } from "./benchmark.ts";
import { midgardCommand } from "./build.ts";
import { deliveriesPerSecond } from "./fanout.ts";
import { overCentrifuge, overHttp } from "./publish.ts";
import { comparedRow, type Row } from "./row.ts";

/** What the fan-out must keep of what it does with SQLite. */
const MIN_FANOUT_RATIO = 0.8;

const CHANNELS = 64;

/** What a Redis in between costs one server. */
export const REDIS: Benchmark = {
  name: "redis",
  about: "fan-out and publishing of one server with Redis, beside the same with SQLite",
  run,
};

async function run(context: BenchmarkContext): Promise<Row[]> {
  await using redis = await RedisProcess.start({ args: ["--appendonly", "yes"] });
  const folder = await Deno.makeTempDir();
  const commands = {
    redis: await midgardCommand("compiled", ["--data", redis.url]),
    sqlite: await midgardCommand("compiled", ["--data", `${folder}/bench.db`]),
  };
  const measured = await inTurns(context, {
    fanoutRedis: () => deliveriesPerSecond(commands.redis),
    fanoutSqlite: () => deliveriesPerSecond(commands.sqlite),
    oneRedis: () => overCentrifuge(commands.redis, 1),
    oneSqlite: () => overCentrifuge(commands.sqlite, 1),
    manyRedis: () => overCentrifuge(commands.redis, CHANNELS),
    manySqlite: () => overCentrifuge(commands.sqlite, CHANNELS),
    httpRedis: () => overHttp(commands.redis),
    httpSqlite: () => overHttp(commands.sqlite),
  });
  await Deno.remove(folder, { recursive: true });
  const about = { benchmark: REDIS.name, unit: "/s", beside: "SQLite" };
  const row = (what: string, subject: readonly number[], baseline: readonly number[]) =>
    comparedRow({ ...about, what: `${what}, Redis beside SQLite` }, { subject, baseline });
  return [
    comparedRow({ ...about, what: "deliveries to 1 000 plain subscribers, Redis beside SQLite" }, {
      ...{ subject: measured.fanoutRedis, baseline: measured.fanoutSqlite },
      minRatio: MIN_FANOUT_RATIO,
    }),
    row("publications over Centrifuge, one channel", measured.oneRedis, measured.oneSqlite),
    row(`the same, ${CHANNELS} channels`, measured.manyRedis, measured.manySqlite),
    row("publications over HTTP", measured.httpRedis, measured.httpSqlite),
  ];
}
