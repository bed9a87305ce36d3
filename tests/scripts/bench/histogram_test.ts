import { assertEquals } from "@std/assert";
import { CLOCK_TICKS, ticksBetween } from "../../../scripts/bench/clients/clock.ts";
import { Histogram } from "../../../scripts/bench/clients/histogram.ts";

Deno.test("Histogram gives the value that a share of all did not exceed", () => {
  const histogram = new Histogram();
  for (let ticks = 10; ticks <= 1_000; ticks += 10) histogram.add(ticks);
  assertEquals([0.5, 0.99, 1].map((share) => histogram.quantileMs(share)), [50, 99, 100]);
});

Deno.test("Histogram has no quantile of nothing", () => {
  assertEquals(new Histogram().quantileMs(0.5), NaN);
});

Deno.test("ticksBetween counts on when the clock has begun anew", () => {
  assertEquals(ticksBetween(CLOCK_TICKS - 5, 5), 10);
});
