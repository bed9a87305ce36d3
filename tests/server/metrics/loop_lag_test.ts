import { assertEquals } from "@std/assert";
import { LoopLag } from "../../../server/metrics/mod.ts";

Deno.test("LoopLag notes how late each look is, and nothing for one that is early", () => {
  let now = 0;
  using lag = new LoopLag(() => now);
  const { histogram } = lag;
  for (const at of [100, 230, 329, 1_429]) {
    now = at;
    lag.look();
  }
  // 0, 30, 0 and 1000 ms late.
  assertEquals([histogram.count, histogram.sum], [4, 1.03]);
  assertEquals(histogram.cumulative().slice(4, 6), [2, 3]);
});

Deno.test("LoopLag has no timer before it is asked for", () => {
  // The test runner fails a test that leaves a timer behind.
  const lag = new LoopLag();
  assertEquals(lag[Symbol.dispose](), undefined);
});
