import { assert, assertEquals } from "@std/assert";
import { advance, newWorld } from "../../../scripts/examples/world/world.ts";
import { seededRandom } from "../../lifecycle/seeded_random.ts";

Deno.test("advance keeps every fish in the world, and forgets none", () => {
  let world = newWorld(seededRandom(7));
  for (let tick = 1; tick <= 500; tick += 1) {
    world = advance(world, []);
    assertEquals([world.tick, world.fish.length], [tick, 40]);
    for (const { x, y } of world.fish) assert(x >= 0 && x <= 1 && y >= 0 && y <= 1);
  }
});

Deno.test("advance lets fish eat what is thrown to them", () => {
  let world = advance(newWorld(seededRandom(7)), [{ x: 0.5, y: 0.5 }, { x: 0.2, y: 0.8 }]);
  for (let tick = 0; tick < 300 && world.food.length > 0; tick += 1) world = advance(world, []);
  assertEquals([world.food, world.eaten], [[], 2]);
});

Deno.test("advance bounds the food, and a message with it", () => {
  const much = Array.from({ length: 1_000 }, () => ({ x: 0.5, y: 0.5 }));
  const world = advance(newWorld(seededRandom(7)), much);
  assert(world.food.length <= 30);
  assert(JSON.stringify(world).length < 65_536);
});
