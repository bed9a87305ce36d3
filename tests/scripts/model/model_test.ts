import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { loadOf, modelTable } from "../../../scripts/model/model.ts";

const ROOMS = { name: "rooms", clients: 1_000, channels: 10, publicationsPerSecond: 100 };
/** Everything takes a thousandth of a second of a core. */
const COSTS = {
  ...{ framesPerSecond: 1_000, heardPerSecond: 1_000, bytesPerClient: 2 },
  ...{ storedPerSecond: 1_000, copiesPerSecond: 1_000, commandsPerSecond: 1_000 },
};

Deno.test("loadOf gives one server all clients, and Redis one copy of each publication", () => {
  const load = loadOf(ROOMS, 1, COSTS);
  assertEquals([load.clientsPerNode, load.memoryPerNode, load.copies], [1_000, 2_000, 1]);
  assertEquals(load.framesPerNode, 10_000);
  // 100 publications, each to 100 clients, and each heard once.
  assertAlmostEquals(load.nodeShare, 10.1);
  assertAlmostEquals(load.presenceShare, 10 * 3 / 25 / 1_000);
});

Deno.test("loadOf reaches no more servers than a channel has clients", () => {
  assertAlmostEquals(loadOf({ ...ROOMS, channels: 1_000 }, 100, COSTS).copies, 1);
  assertAlmostEquals(loadOf(ROOMS, 2, COSTS).copies, 2);
  const many = loadOf(ROOMS, 10_000, COSTS).copies;
  assert(many > 99 && many < 100);
});

Deno.test("loadOf is busy all the time at the saturation that it tells", () => {
  for (const nodes of [1, 4, 20]) {
    const { saturation: { publicationsPerSecond, by } } = loadOf(ROOMS, nodes, COSTS);
    const load = loadOf({ ...ROOMS, publicationsPerSecond }, nodes, COSTS);
    assertAlmostEquals(by === "server" ? load.nodeShare : load.redisShare, 1);
  }
});

Deno.test("modelTable is the README's table", async () => {
  const readme = await Deno.readTextFile("README.md");
  assert(readme.includes(modelTable()), `put this into README.md:\n${modelTable()}`);
});
