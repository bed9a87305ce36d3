import { assertEquals } from "@std/assert";
import { Histogram } from "../../../server/metrics/mod.ts";

Deno.test("Histogram counts up to and with each bound", () => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0, 1, 1.5, 2, 5, 5.1, 100]) histogram.observe(value);
  assertEquals(histogram.cumulative(), [2, 4, 5]);
  assertEquals([histogram.count, histogram.sum], [7, 114.6]);
});

Deno.test("Histogram without observations is all zeros", () => {
  const histogram = new Histogram([1, 2]);
  assertEquals([histogram.cumulative(), histogram.count, histogram.sum], [[0, 0], 0, 0]);
});
