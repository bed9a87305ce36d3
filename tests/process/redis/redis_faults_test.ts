/**
 * What becomes of publications and clients when Redis, a server, or the network between them fails:
 * three servers, 300 official clients, publishers at each server. The table is the README's.
 */
import { assert, assertEquals } from "@std/assert";
import { report } from "../../helpers/expectations.ts";
import { range, sleep } from "../../helpers/wait.ts";
import { type Outcome, RedisSite } from "./redis_site.ts";

interface Fault {
  readonly name: string;
  readonly rounds: number;
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
    async happen(site) {
      await site.redis.stop("SIGKILL");
      await site.until(site.nodes[0]!, 503);
      await site.redis.again();
      for (const node of site.nodes) await site.until(node, 200);
      await sleep(300);
    },
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

/** Nothing that was acknowledged is lost, and every client has all of it, once and in order. */
function assertKept(outcome: Outcome): void {
  const { lost, repeated, lies, strange, repeatedToClients, misordered, missing } = outcome;
  assertEquals(
    { lost, repeated, lies, strange, repeatedToClients, misordered, missing },
    { lost: 0, repeated: 0, lies: 0, strange: 0, repeatedToClients: 0, misordered: 0, missing: 0 },
  );
}

for (const { name, rounds, happen } of FAULTS) {
  Deno.test(`servers that share a Redis keep their promises: ${name}`, async () => {
    const options = { mode: "compiled", nodes: 3, clients: 100, channels: 8 } as const;
    await using site = await RedisSite.start(options);
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
