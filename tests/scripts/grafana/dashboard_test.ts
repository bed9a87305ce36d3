import { assert, assertEquals } from "@std/assert";
import type { MetricDefinition } from "../../../server/metrics/mod.ts";
import { METRICS } from "../../../server/metrics/mod.ts";
import dashboard from "../../../scripts/grafana/midgard.json" with { type: "json" };

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const PANELS: readonly Panel[] = dashboard.panels;
const TARGETS = PANELS.flatMap(({ title, targets = [] }) =>
  targets.map((target) => ({ title, ...target }))
);

/** The metrics that a query names, without what a histogram's parts are called. */
function metricsIn(expr: string): string[] {
  const names = expr.match(/\b(midgard|process)_[a-z_]+/g) ?? [];
  return names.map((name) => name.replace(/_(bucket|sum|count)$/, ""));
}

function definitionOf(name: string): MetricDefinition | undefined {
  return Object.hasOwn(METRICS, name) ? METRICS[name as keyof typeof METRICS] : undefined;
}

Deno.test("the dashboard asks only for metrics that there are", () => {
  for (const { title, expr } of TARGETS) {
    const names = metricsIn(expr);
    assert(names.length > 0, `${title}: ${expr} names no metric`);
    for (const name of names) assert(definitionOf(name), `${title}: there is no ${name}`);
  }
});

Deno.test("the dashboard groups, selects and names by labels that its metrics have", () => {
  for (const { title, expr, legendFormat } of TARGETS) {
    const labels = metricsIn(expr).flatMap((name) => [...definitionOf(name)?.labels ?? []]);
    const known = new Set([...labels, "instance", "le"]);
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
      list.split(", ")
    );
    const selected = [...expr.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label = ""]) => label);
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
    for (const label of [...grouped, ...selected, ...named]) {
      assert(known.has(label), `${title}: no metric of ${expr} has a label ${label}`);
    }
  }
});

Deno.test("the dashboard takes a rate of counters and of nothing else", () => {
  for (const { title, expr } of TARGETS) {
    const isGrowing = metricsIn(expr).every((name) => definitionOf(name)?.type !== "gauge");
    assertEquals(expr.includes("rate("), isGrowing, `${title}: ${expr}`);
  }
});

Deno.test("the dashboard gives each panel a title and an id of its own, and places none over another", () => {
  assertEquals(new Set(dashboard.panels.map(({ id }) => id)).size, PANELS.length);
  for (const { title } of PANELS) assert(title.length > 0);
  const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: h * w }, (_, at) => `${x + at % w} ${y + Math.floor(at / w)}`)
  );
  assertEquals(new Set(cells).size, cells.length);
});
