import { assertEquals } from "@std/assert";
import { Tally } from "../../../server/metrics/mod.ts";

Deno.test("Tally counts rows of its table, and all else as one number", () => {
  const [a, b] = [{ code: 1 }, { code: 2 }];
  const tally = new Tally([a, b]);
  for (const row of [a, a, { code: 1 }, { code: 3 }, a]) tally.count(row);
  assertEquals([...tally.entries()], [[a, 3], [b, 0]]);
  assertEquals(tally.others, 2);
});
