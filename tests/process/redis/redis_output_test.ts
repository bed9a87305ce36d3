/** A Redis that cuts off who does not take fast enough what it publishes: its output limit. */
import { assert, assertEquals } from "@std/assert";
import { report } from "../../helpers/expectations.ts";
import { forEachMode } from "../../helpers/midgard.ts";
import { waitFor } from "../../helpers/wait.ts";
import { assertKept, RedisSite } from "./redis_site.ts";

/** What waits for one listener at most: two publications are too much, one is not. */
const LIMIT = ["--client-output-buffer-limit", "pubsub 32kb 32kb 0"];
const PADDING = 20_000;
const CUTS = 5;

forEachMode(
  "servers that Redis cuts off at its output limit bring every client everything once",
  async (mode) => {
    await using site = await RedisSite.start({
      ...{ mode, nodes: 2, clients: 20, channels: 2, padding: PADDING },
      redisArgs: ["--appendonly", "yes", ...LIMIT],
    });
    const cuts = () => site.nodes.map(({ server }) => server.log.of("redis_lost").length);
    await site.publishing(async () => {
      await waitFor(() => cuts().every((count) => count >= CUTS), {
        what: `${CUTS} cuts of each server`,
        deadlineMs: 30_000,
        explain: () => cuts().join(),
      });
    });
    // Without load it goes on by itself, and with one message at a time there is nothing to cut.
    for (const node of site.nodes) await site.until(node, 200);
    const outcome = await site.finish();
    assertKept(outcome);
    const { acknowledged, deliveries } = outcome;
    report(`${cuts().join(" + ")} cuts, ${acknowledged} acknowledged, ${deliveries} delivered`);
    assert(acknowledged >= 100, "that is no load");
    for (const { server } of site.nodes) {
      assertEquals(server.log.of("redis_failed"), []);
      assertEquals(server.log.of("redis_restored").length, server.log.of("redis_lost").length);
    }
  },
);
