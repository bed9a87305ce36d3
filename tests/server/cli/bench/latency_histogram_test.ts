import { assert, assertEquals } from "@std/assert";
import { LatencyHistogram } from "../../../../server/cli/bench/latency_histogram.ts";

function histogramOf(latencies: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const ms of latencies) histogram.record(ms);
  return histogram;
}

/** Latencies from a microsecond to a quarter of an hour, the same ones in every run. */
function spread(count: number): number[] {
  return Array.from(
    { length: count },
    (_, index) => 2 ** (index * 7919 % count / count * 30) / 1e3,
  );
}

Deno.test("LatencyHistogram knows every percentile to within 1/128 and never too low", () => {
  const latencies = spread(5_000);
  const histogram = histogramOf(latencies);
  const sorted = latencies.toSorted((a, b) => a - b);
  for (let share = 0.001; share <= 1; share += 0.001) {
    const exact = sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
    const found = histogram.percentileMs(share);
    const [lowest, highest] = [exact - 0.0006, exact * (1 + 1 / 128) + 0.0006];
    assert(found >= lowest && found <= highest, `${share}: ${found} for ${exact}`);
  }
});

Deno.test("LatencyHistogram counts the rank from the smallest up", () => {
  const histogram = histogramOf([0.001, 0.002, 0.003, 0.004]);
  assertEquals([0.25, 0.5, 0.75, 1].map((share) => histogram.percentileMs(share)), [
    0.001,
    0.002,
    0.003,
    0.004,
  ]);
});

Deno.test("LatencyHistogram gives the maximum exactly and no percentile above it", () => {
  const histogram = histogramOf([1, 10, 1_234.567]);
  assertEquals([histogram.maxMs, histogram.percentileMs(0.999)], [1_234.567, 1_234.567]);
});

Deno.test("LatencyHistogram takes a latency below 0 for none and one of hours for the longest", () => {
  const histogram = histogramOf([-1, 86_400_000]);
  assertEquals(histogram.count, 2);
  assertEquals(histogram.percentileMs(0.5), 0);
  assertEquals(histogram.percentileMs(1), 2_147_483.647);
  assertEquals(histogram.maxMs, 86_400_000);
});

Deno.test("LatencyHistogram without latencies gives 0", () => {
  const histogram = new LatencyHistogram();
  assertEquals([histogram.count, histogram.percentileMs(0.99), histogram.maxMs], [0, 0, 0]);
});
