import { assertEquals } from "@std/assert";
import { parseMetrics, ratesBetween, readingOf } from "../../../server/console/metrics.js";

const EXPOSITION = `# HELP midgard_connections Sockets
# TYPE midgard_connections gauge
midgard_connections{protocol="websocket"} 3
midgard_connections{protocol="sse"} 2
midgard_publications_total{protocol="api",outcome="stored"} 10
midgard_publications_total{protocol="api",outcome="failed"} 5
midgard_disconnects_total{code="1001",reason="a \\"b\\", c"} 1
process_start_time_seconds 1700000000.5
midgard_event_loop_lag_seconds_bucket{le="0.001"} 4
midgard_event_loop_lag_seconds_bucket{le="0.002"} 5
midgard_event_loop_lag_seconds_bucket{le="+Inf"} 5
midgard_event_loop_lag_seconds_sum 0.004
midgard_event_loop_lag_seconds_count 5
`;

Deno.test("parseMetrics reads names, labels and values", () => {
  const samples = parseMetrics(EXPOSITION);
  assertEquals(samples.length, 11);
  const first = { name: "midgard_connections", labels: { protocol: "websocket" }, value: 3 };
  assertEquals(samples[0], first);
});

Deno.test("readingOf adds up what a metric has over its labels", () => {
  const { connections, publications, startedAt } = readingOf(parseMetrics(EXPOSITION), 0);
  assertEquals([connections, publications, startedAt], [5, 10, 1700000000.5]);
});

Deno.test("ratesBetween tells what happened in between, of one process only", () => {
  const before = readingOf(parseMetrics(EXPOSITION), 1_000);
  const later = EXPOSITION.replace("} 10", "} 30").replace("sum 0.004", "sum 0.01")
    .replace('le="0.002"} 5', 'le="0.002"} 8').replace('le="+Inf"} 5', 'le="+Inf"} 8')
    .replace("count 5", "count 8");
  const rates = ratesBetween(before, readingOf(parseMetrics(later), 3_000));
  assertEquals(rates?.publications, 10);
  assertEquals([Math.round((rates?.lagMs ?? 0) * 10), rates?.worstLagMs], [20, 2]);
  const other = readingOf(parseMetrics(later.replace("1700000000.5", "1700000009")), 3_000);
  assertEquals([ratesBetween(before, other), ratesBetween(null, other)], [null, null]);
});
