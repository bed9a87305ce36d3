import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { median, startUpMs } from "../../../scripts/compile/start_up.ts";

Deno.test("median is the middle value, or the mean of the two middle ones", () => {
  assertEquals(median([9, 1, 5]), 5);
  assertEquals(median([4, 1, 2, 30]), 3);
  assertEquals(median([]), NaN);
});

Deno.test("startUpMs measures runs that end well, and throws on one that does not", async () => {
  assertGreater(await startUpMs(Deno.execPath(), ["--version"], 1), 0);
  await assertRejects(() => startUpMs(Deno.execPath(), ["--no-such-flag"], 1), Error, "Cannot run");
});
