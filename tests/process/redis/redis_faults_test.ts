/**
 * What becomes of publications and clients when Redis, a server, or the network between them fails:
 * three servers, 300 official clients, publishers at each server. The table is the README's.
 */
import { assert } from "@std/assert";
import { report } from "../../helpers/expectations.ts";
import { range, sleep } from "../../helpers/wait.ts";
import { assertKept, RedisSite } from "./redis_site.ts";

/** The table is of the compiled program; `REDIS_FAULTS_MODE=source` runs it from source. */
const mode = Deno.env.get("REDIS_FAULTS_MODE") === "source" ? "source" : "compiled";

interface Fault {
  readonly name: string;
  readonly rounds: number;
  readonly redisArgs?: readonly string[];
  /** Makes it happen, and waits until it has passed. */
  readonly happen: (site: RedisSite, round: number) => Promise<void>;
}

const FAULTS: readonly Fault[] = [
  { name: "none: three servers, all of them published to", rounds: 1, happen: () => sleep(3_000) },
  {
    name: "a server is killed with -9 and started again",
    rounds: 10,
    async happen(site, round) {
      const node = site.nodes[round % site.nodes.length]!;
      const back = node.crowd.subscribed(1 + Math.floor(round / site.nodes.length));
      await node.server.stop("SIGKILL");
      await site.restart(node);
      await back;
    },
  },
  {
    name: "redis-server is killed with -9 and started again with its AOF",
    rounds: 5,
    happen: killRedis,
  },
  {
    name: "the same, with appendfsync everysec",
    rounds: 2,
    redisArgs: ["--appendonly", "yes", "--appendfsync", "everysec"],
    happen: killRedis,
  },
  {
    name: "redis-server is stopped for 5 s with SIGSTOP",
    rounds: 1,
    async happen(site) {
      site.redis.signal("SIGSTOP");
      await sleep(5_000);
      site.redis.signal("SIGCONT");
      for (const node of site.nodes) await site.until(node, 200);
      await sleep(1_000);
    },
  },
  {
    name: "CLIENT PAUSE for 5 s",
    rounds: 1,
    async happen(site) {
      await site.redis.cli("CLIENT", "PAUSE", "5000", "ALL");
      await sleep(5_500);
      for (const node of site.nodes) await site.until(node, 200);
      await sleep(1_000);
    },
  },
  {
    name: "the network between one server and Redis is cut for 3 s",
    rounds: 3,
    async happen(site, round) {
      const node = site.nodes[round % site.nodes.length]!;
      node.relay.isOpen = false;
      node.relay.cut();
      await site.until(node, 503);
      await sleep(3_000);
      node.relay.isOpen = true;
      await site.until(node, 200);
      await sleep(300);
    },
  },
];

const rows: string[] = [];

async function killRedis(site: RedisSite): Promise<void> {
  await site.redis.stop("SIGKILL");
  await site.until(site.nodes[0]!, 503);
  await site.redis.again();
  for (const node of site.nodes) await site.until(node, 200);
  await sleep(300);
}

for (const { name, rounds, redisArgs, happen } of FAULTS) {
  Deno.test(`servers that share a Redis keep their promises: ${name}`, async () => {
    await using site = await RedisSite.start({
      ...{ mode, nodes: 3, clients: 100, channels: 8 },
      ...(redisArgs !== undefined && { redisArgs }),
    });
    for (const round of range(rounds)) await site.publishing(() => happen(site, round));
    const outcome = await site.finish();
    const { acknowledged, lost, repeated, lies, deliveries, missing, repeatedToClients } = outcome;
    const cells = [name, rounds, acknowledged, lost, repeated, lies, deliveries, missing];
    rows.push(`| ${[...cells, repeatedToClients].join(" | ")} |`);
    report(rows.at(-1)!);
    assertKept(outcome);
    assert(acknowledged > 500, "that is no load");
  });
}

Deno.test.afterAll(() => {
  report(
    "| fault | rounds | acknowledged | lost | stored twice | refused, stored all the same " +
      "| delivered | missing | delivered twice |",
  );
  report("|---|---|---|---|---|---|---|---|---|");
  for (const row of rows) report(row);
});
