/**
 * A Redis that is there and refuses for a while: publications get 503 meanwhile, one line of the log
 * says why, and afterwards all goes on without a restart, with nothing lost and nobody gone.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { report } from "../../helpers/expectations.ts";
import { forEachMode } from "../../helpers/midgard.ts";
import { scrape } from "../../helpers/prometheus.ts";
import { range, waitFor } from "../../helpers/wait.ts";
import { assertKept, RedisSite } from "./redis_site.ts";

interface Refusal {
  readonly name: string;
  /** What the line says, and which line that is. */
  readonly event: "store_failed" | "redis_lost";
  readonly says: string;
  readonly redisArgs?: readonly string[];
  /** How many that were under way when Redis went may be stored in spite of their 503. */
  readonly mayBeStored?: number;
  readonly begin: (site: RedisSite) => Promise<void>;
  readonly end: (site: RedisSite) => Promise<void>;
}

const REFUSALS: readonly Refusal[] = [
  {
    name: "READONLY",
    event: "store_failed",
    says: "READONLY",
    // Of a master that nobody can reach it takes nothing: it keeps what it has.
    begin: (site) => say(site, "REPLICAOF", "127.0.0.1", "1"),
    end: (site) => say(site, "REPLICAOF", "NO", "ONE"),
  },
  {
    name: "OOM",
    event: "store_failed",
    says: "OOM",
    begin: (site) => say(site, "CONFIG", "SET", "maxmemory", "1mb"),
    end: (site) => say(site, "CONFIG", "SET", "maxmemory", "0"),
  },
  {
    name: "MISCONF",
    event: "store_failed",
    says: "MISCONF",
    redisArgs: ["--appendonly", "yes", "--appendfsync", "always"],
    async begin(site) {
      // A folder where its file is to be: also root cannot write that.
      await Deno.mkdir(`${site.redis.folder}/dump.rdb/in`, { recursive: true });
      await say(site, "CONFIG", "SET", "save", "3600 1000000");
      await say(site, "BGSAVE");
      await saved(site, "err");
    },
    async end(site) {
      await Deno.remove(`${site.redis.folder}/dump.rdb`, { recursive: true });
      await say(site, "BGSAVE");
      await saved(site, "ok");
    },
  },
  {
    name: "LOADING",
    event: "redis_lost",
    says: "redis://127.0.0.1",
    // It is away for more than the 5 s for which they are asked again: one of each publisher.
    mayBeStored: 16,
    async begin(site) {
      const filler = `for n = 1, 30000 do redis.call('SET', 'filler:' .. n, n) end`;
      await site.redis.cli("EVAL", filler, "0");
      await site.redis.stop("SIGKILL");
      // Each key takes so many microseconds more: seconds in all.
      await site.redis.again(["--key-load-delay", "100"], "Server initialized");
      assertStringIncludes(await site.redis.cli("INFO", "persistence"), "loading:1");
    },
    async end(site) {
      await waitFor(async () => (await site.redis.cli("PING")) === "PONG", {
        what: "the end of the loading",
        deadlineMs: 20_000,
      });
    },
  },
];

/** Tells Redis what it confirms with OK, or with the beginning of something. */
async function say({ redis }: RedisSite, ...words: string[]): Promise<void> {
  const answer = await redis.cli(...words);
  assert(/^(OK|Background saving started)/.test(answer), answer);
}

async function saved({ redis }: RedisSite, status: "ok" | "err"): Promise<void> {
  await waitFor(
    async () => {
      const info = await redis.cli("INFO", "persistence");
      return info.includes("rdb_bgsave_in_progress:0") &&
        info.includes(`rdb_last_bgsave_status:${status}`);
    },
    { what: `a BGSAVE that ends with ${status}` },
  );
}

/** Waits until every node has answered so many publications more in a way, and none in the other. */
async function answered(site: RedisSite, kind: "acknowledged" | "refused"): Promise<void> {
  await Promise.all(site.nodes.map(async ({ publishers, server }) => {
    const goal = publishers[kind] + 200;
    await publishers.until((all) => all[kind] >= goal, {
      what: `200 publications to be ${kind}`,
      deadlineMs: 30_000,
      explain: () => `${server.log}`,
    });
  }));
}

for (const { name, event, says, redisArgs, mayBeStored = 0, begin, end } of REFUSALS) {
  forEachMode(`servers bear a Redis that answers ${name} for a while`, async (mode) => {
    await using site = await RedisSite.start({
      ...{ mode, nodes: 2, clients: 20, channels: 8 },
      ...(redisArgs !== undefined && { redisArgs }),
    });
    const opened = () => Promise.all(site.nodes.map(({ port }) => connectionsOpened(port)));
    const openedBefore = await opened();
    await site.publishing(async () => {
      await begin(site);
      await answered(site, "refused");
      // What was acknowledged from here on was not under way before.
      const before = site.nodes.map(({ publishers }) => publishers.acknowledged);
      await answered(site, "refused");
      const meanwhile = site.nodes.map(({ publishers }) => publishers.acknowledged);
      assertEquals(meanwhile, before, "publications were taken all the same");
      await end(site);
      await answered(site, "acknowledged");
    });
    const outcome = await site.finish();
    assertKept({ ...outcome, lies: Math.max(0, outcome.lies - mayBeStored) });
    const refused = site.nodes.map(({ publishers }) => publishers.refused);
    report(`${name}: ${outcome.acknowledged} acknowledged, ${refused.join(" + ")} refused`);
    assertEquals(await opened(), openedBefore, "clients had to come back");
    for (const index of range(site.nodes.length)) assertOneLine(site, index, { event, says });
  });
}

async function connectionsOpened(port: number): Promise<number> {
  return (await scrape(port)).value("midgard_connections_opened_total");
}

/** One line when it began and one when it was over. */
function assertOneLine(
  { nodes }: RedisSite,
  index: number,
  { event, says }: Pick<Refusal, "event" | "says">,
): void {
  const { server: { log }, publishers } = nodes[index]!;
  const [line, ...others] = log.of(event);
  assertStringIncludes(String(line?.["reason"]), says);
  assertEquals(others, [], `${log}`);
  const over = event === "store_failed" ? "store_restored" : "redis_restored";
  assertEquals(log.of(over).length, 1, `${log}`);
  const statuses = publishers.sent.flatMap(({ answer }) =>
    answer.kind === "refused" ? [answer.status] : []
  );
  assertEquals([...new Set(statuses)], [503]);
  const spoken = log.lines.filter(({ level }) => level === "error" || level === "warning");
  assert(spoken.length <= 8, `${log}`);
}
