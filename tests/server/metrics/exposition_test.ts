import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { measure } from "../../../server/measurements.ts";
import type { MeasurementSources } from "../../../server/measurements.ts";
import type { MetricDefinition } from "../../../server/metrics/mod.ts";
import { Counts, exposition, LoopLag, METRICS } from "../../../server/metrics/mod.ts";
import { metricsTable } from "../../../server/metrics/mod.ts";
import { newCounts } from "../../../server/parts.ts";
import { Scrape } from "../../helpers/prometheus.ts";

function sources(differing: Partial<MeasurementSources> = {}): MeasurementSources {
  return {
    ...{ counts: newCounts(), lag: new LoopLag(), startedAt: 0, state: () => "ready" as const },
    stopRequestedAt: () => undefined,
    sessions: { size: 1, descriptors: 1, queuedBytes: 2, counts: { received: 12 } },
    clients: { size: 3, users: 4 },
    hub: {
      usage: {
        channels: 5,
        subscriptions: 6,
        storingBytes: 7,
        handingOutBytes: 8,
        longestTurnMs: 9,
      },
    },
    history: { usage: () => ({ channels: 9, bytes: 10 }) },
    cluster: undefined,
    maxConnections: () => 11,
    certificateExpiresAt: () => undefined,
    ...differing,
  };
}

function scraped(differing: Partial<MeasurementSources> = {}): Scrape {
  const all = sources(differing);
  using _lag = all.lag;
  return new Scrape(exposition(measure(all)));
}

Deno.test("exposition tells every metric of the table, in its order, by Prometheus' rules", () => {
  // Errors of commands and answers have no sample before there was one.
  const counts = newCounts();
  counts.commands.failed("subscribe", 103);
  counts.apiCalls.failed("publish", 102);
  counts.answered(200, "", () => "");
  const redis = { all: [{ name: "redis://127.0.0.1:6379", isUp: true }] };
  const certificateExpiresAt = () => 1_800_000_000;
  const cluster = { size: 2, isCutOff: false, failures: 0 };
  const { names, families } = scraped({ counts, certificateExpiresAt, redis, cluster });
  assertEquals(names, Object.keys(METRICS));
  for (const [name, { type, help, samples }] of families) {
    const definition: MetricDefinition = METRICS[name as keyof typeof METRICS];
    assertEquals([type, help], [definition.type, definition.help], name);
    for (const { labels } of samples) {
      const own = Object.keys(labels).filter((label) => label !== "le");
      assertEquals(own, [...definition.labels], name);
    }
  }
});

Deno.test("exposition leaves out what there is nothing to tell of", () => {
  const { names } = scraped();
  assert(!names.includes("midgard_tls_certificate_expiry_timestamp_seconds"));
  assert(!names.some((name) => name.startsWith("midgard_cluster_")));
});

Deno.test("exposition escapes what a label's value must not hold", () => {
  const text = exposition({
    ...measure(sources()),
    midgard_build_info: [['a"b\\c\nd', "", "", 1]],
  });
  assertStringIncludes(text, 'midgard_build_info{version="a\\"b\\\\c\\nd",commit="",deno=""} 1\n');
});

Deno.test("measure tells the one state that the server is in", () => {
  const scrape = scraped({ state: () => "closing" });
  assertEquals(scrape.value("midgard_state", { state: "closing" }), 1);
  assertEquals(scrape.value("midgard_state"), 1);
});

Deno.test("measure tells how long a stop takes, and 0 without one", () => {
  assertEquals(scraped().value("midgard_stop_elapsed_seconds"), 0);
  const at = performance.now() - 5_000;
  const elapsed = scraped({ stopRequestedAt: () => at }).value("midgard_stop_elapsed_seconds");
  assert(elapsed >= 5 && elapsed < 60, String(elapsed));
});

Deno.test("measure counts codes of nobody's table as other", () => {
  const counts = newCounts();
  counts.disconnects.count({ code: 4_000, reason: "x" });
  counts.disconnects.count({ code: 4_001, reason: "y" });
  const scrape = scraped({ counts });
  assertEquals(scrape.value("midgard_disconnects_total", { code: "other" }), 2);
  assertEquals(scrape.value("midgard_disconnects_total"), 2);
});

Deno.test("Counts knows no refusal by another name", () => {
  const counts = new Counts();
  counts.answered(404, "not_found", () => "");
  counts.answered(404, "Not Found", () => "");
  const used = [...counts.refusals.entries()].filter(([, count]) => count > 0);
  assertEquals(used.map(([{ code }, count]) => [code, count]), [["not_found", 1]]);
  assertEquals([...counts.responses], [[404, 2]]);
});

Deno.test("METRICS has names with a prefix, and says in a line what each is", () => {
  for (const [name, { help }] of Object.entries(METRICS)) {
    assertMatch(name, /^(midgard|process)_[a-z_]+$/);
    assertMatch(help, /^[^\n|]{5,130}[^.\n|]$/, name);
  }
});

Deno.test("METRICS has no label whose values are made by clients", () => {
  const labels = new Set(
    Object.values<MetricDefinition>(METRICS).flatMap((definition) => [...definition.labels]),
  );
  const fixed = ["protocol", "outcome", "code", "reason", "status", "method", "state", "queue"];
  // Those of Redis are from the configuration.
  const configured = ["version", "commit", "deno", "server"];
  assertEquals([...labels].sort(), [...fixed, ...configured].sort());
});

Deno.test("metricsTable is the README's table", async () => {
  const readme = await Deno.readTextFile(new URL("../../../README.md", import.meta.url));
  const table = /<!-- metrics:start -->\n([^]*?)<!-- metrics:end -->/.exec(readme)?.[1];
  const advice = "put this between the markers in README.md:\n" + metricsTable();
  assertEquals(table, metricsTable(), advice);
});
