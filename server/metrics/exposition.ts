import { Histogram } from "./histogram.ts";
import type { MetricDefinition, MetricName } from "./metric_table.ts";
import { METRICS } from "./metric_table.ts";

/** One number, behind the values of its metric's labels. */
export type Sample = readonly [...labels: string[], value: number];

/** What of a metric is told: one number, one for each set of labels, or a histogram. */
type Told<Definition extends MetricDefinition> = Definition["type"] extends "histogram" ? Histogram
  : Definition["labels"] extends readonly [] ? number | undefined
  : readonly Sample[];

/** A value for every metric of the table; undefined where there is none to tell. */
export type Measurements = {
  readonly [Name in MetricName]: Told<(typeof METRICS)[Name]>;
};

/** Measurements in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats). */
export function exposition(measurements: Measurements): string {
  const families = Object.entries<MetricDefinition>(METRICS).map(([name, definition]) =>
    family(name, definition, measurements[name as MetricName])
  );
  return families.join("");
}

function family(
  name: string,
  { type, labels, help }: MetricDefinition,
  told: Measurements[MetricName],
): string {
  const lines = linesOf(name, labels, told);
  if (lines.length === 0) return "";
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
}

function linesOf(
  name: string,
  labels: readonly string[],
  told: Measurements[MetricName],
): string[] {
  if (told === undefined) return [];
  if (typeof told === "number") return [`${name} ${told}`];
  if (told instanceof Histogram) return histogramLines(name, told);
  return told.map((sample) => {
    const pairs = labels.map((label, index) => `${label}="${escaped(String(sample[index]))}"`);
    return `${name}{${pairs.join(",")}} ${sample.at(-1)}`;
  });
}

function histogramLines(name: string, histogram: Histogram): string[] {
  const { bounds, count, sum } = histogram;
  const buckets = histogram.cumulative().map((value, index) =>
    `${name}_bucket{le="${bounds[index]}"} ${value}`
  );
  return [
    ...buckets,
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${sum}`,
    `${name}_count ${count}`,
  ];
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
