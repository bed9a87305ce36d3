import { assertEquals, assertThrows } from "@std/assert";
import { Scrape } from "./prometheus.ts";

const COUNTER = '# HELP a_total What\n# TYPE a_total counter\na_total{x="1"} 3\na_total{x="2"} 4\n';

Deno.test("Scrape finds samples by their labels, and their sum without", () => {
  const scrape = new Scrape(COUNTER);
  assertEquals(scrape.value("a_total", { x: "2" }), 4);
  assertEquals([scrape.value("a_total"), scrape.find("a_total", { x: "3" })], [7, undefined]);
});

Deno.test("Scrape tells which counters are lower than before", () => {
  const later = new Scrape(COUNTER.replace("} 3", "} 2"));
  assertEquals(later.decreasedSince(new Scrape(COUNTER)), ['a_total[["x","1"]]']);
  assertEquals(new Scrape(COUNTER).decreasedSince(later), []);
});

function histogram(...buckets: readonly string[]): string {
  const lines = buckets.map((bucket) => `b_seconds_bucket{le=${bucket}\n`);
  return `# HELP b_seconds What\n# TYPE b_seconds histogram\n${lines.join("")}` +
    "b_seconds_sum 1\nb_seconds_count 2\n";
}

Deno.test("Scrape reads a histogram", () => {
  const scrape = new Scrape(histogram('"0.1"} 1', '"+Inf"} 2'));
  assertEquals(scrape.value("b_seconds_count"), 2);
});

const BROKEN: Readonly<Record<string, string>> = {
  "no end of line": COUNTER.trimEnd(),
  "no HELP": COUNTER.replace(/^.*\n/, ""),
  "no TYPE": COUNTER.replace("# TYPE a_total counter\n", ""),
  "a counter without _total": COUNTER.replaceAll("a_total", "a"),
  "a gauge with _total": COUNTER.replace("counter", "gauge"),
  "a unit that is no base unit": COUNTER.replaceAll("a_total", "a_ms_total"),
  "a name that is none": COUNTER.replaceAll("a_total", "a-b_total"),
  "a label that is none": COUNTER.replace("x=", "1x="),
  "a quote that does not end": COUNTER.replace('"1"', '"1'),
  "the same labels twice": COUNTER.replace('"2"', '"1"'),
  "no number": COUNTER.replace("} 3", "} many"),
  "a counter below 0": COUNTER.replace("} 3", "} -3"),
  "a sample of another metric": COUNTER + "c_total 1\n",
  "a metric twice": COUNTER + COUNTER,
  "buckets that are not cumulative": histogram('"0.1"} 3', '"+Inf"} 2'),
  "bounds that do not ascend": histogram('"0.2"} 1', '"0.1"} 1', '"+Inf"} 2'),
  "no last bucket": histogram('"0.1"} 2'),
  "a count that is another": histogram('"0.1"} 1', '"+Inf"} 3'),
};

for (const [fault, text] of Object.entries(BROKEN)) {
  Deno.test(`Scrape refuses ${fault}`, () => {
    assertThrows(() => new Scrape(text), Error, "Cannot");
  });
}
