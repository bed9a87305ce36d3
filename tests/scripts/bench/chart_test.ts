import { assert, assertEquals } from "@std/assert";
import { charts } from "../../../scripts/bench/chart.ts";
import { comparedRow, plainRow } from "../../../scripts/bench/row.ts";

function widths(svg: string): number[] {
  return [...svg.matchAll(/<rect x="12" y="\d+" width="(\d+)"/g)].map(([, width]) => Number(width));
}

Deno.test("charts draws a document for each benchmark, named after it", () => {
  const rows = ["stop", "start", "stop"].map((benchmark) =>
    plainRow({ benchmark, what: "a", unit: "ms" }, [1])
  );
  const documents = charts(rows);
  assertEquals([...documents.keys()], ["stop.svg", "start.svg"]);
  assertEquals(widths(documents.get("stop.svg") ?? "").length, 2);
});

Deno.test("charts draws subject and baseline on one scale", () => {
  const row = comparedRow({ benchmark: "stop", what: "a", unit: "ms" }, {
    subject: [50, 60, 40],
    baseline: [100],
  });
  const [subject = 0, baseline = 0] = widths(charts([row]).get("stop.svg") ?? "");
  assertEquals(subject * 2, baseline);
});

Deno.test("charts escapes what a row is about", () => {
  const svg = charts([plainRow({ benchmark: "a", what: "1 < 2 & 3", unit: "ms" }, [0])]).get(
    "a.svg",
  );
  assert(svg?.includes("1 &lt; 2 &amp; 3"));
});

Deno.test("charts names the baseline beside its bar", () => {
  const about = { benchmark: "a", what: "b", unit: "/s", beside: "nats" };
  const svg = charts([comparedRow(about, { subject: [1], baseline: [200] })]).get("a.svg");
  assert(svg?.includes(">200 /s, nats</text>"));
});
