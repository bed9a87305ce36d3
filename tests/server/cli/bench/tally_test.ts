import { assertEquals } from "@std/assert";
import { Tally } from "../../../../server/cli/bench/tally.ts";

Deno.test("Tally counts by text", () => {
  const tally = new Tally();
  for (const text of ["a", "b", "a"]) tally.count(text);
  assertEquals(tally.counts, { a: 2, b: 1 });
});

Deno.test("Tally counts more than 32 different texts as other", () => {
  const tally = new Tally();
  for (let text = 0; text < 40; text += 1) tally.count(`reason ${text}`);
  tally.count("reason 3");
  const { other, "reason 3": third, ...rest } = tally.counts;
  assertEquals([other, third, Object.keys(rest).length], [8, 2, 31]);
});
