import { type Figures, figures, ratios, shown } from "./figures.ts";

/** One line of the result: one quantity, measured, perhaps compared, perhaps judged. */
export interface Row {
  readonly benchmark: string;
  readonly what: string;
  readonly unit: string;
  /** What the baseline is, in a word or two. */
  readonly beside?: string;
  readonly subject: Figures;
  readonly baseline?: Figures;
  /** Subject divided by baseline, taken round by round. */
  readonly ratio?: Figures;
  /** Missing where the figure is for information only. */
  readonly goal?: Goal;
}

/** A number to be reached, and whether it was. */
export interface Goal {
  readonly text: string;
  readonly verdict: "met" | "missed";
}

/** What a row is about. */
export interface Subject {
  readonly benchmark: string;
  readonly what: string;
  readonly unit: string;
  /** What the baseline is, in a word or two: a chart names its bars. */
  readonly beside?: string;
}

/** Two series that were measured in the same rounds, and what their ratio has to be. */
export interface Compared {
  readonly subject: readonly number[];
  readonly baseline: readonly number[];
  readonly maxRatio?: number;
  readonly minRatio?: number;
  /** What the subject must keep to by itself, where the baseline only shows how it could be. */
  readonly bounds?: Bounds;
}

/** Compares two series; judged by the median of the ratios. */
export function comparedRow(about: Subject, compared: Compared): Row {
  const { subject, baseline, maxRatio: max, minRatio: min, bounds } = compared;
  const ratio = figures(ratios(subject, baseline));
  const ofRatio = judged({ name: "ratio", least: ratio.median, most: ratio.median }, { min, max });
  return { ...plainRow(about, subject, bounds), baseline: figures(baseline), ratio, ...ofRatio };
}

/** What a figure may be at least or at most. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** A series by itself; judged by its worst value. */
export function plainRow(about: Subject, values: readonly number[], bounds: Bounds = {}): Row {
  const subject = figures(values);
  const { min: least, max: most } = subject;
  return { ...about, subject, ...judged({ name: "all", unit: about.unit, least, most }, bounds) };
}

/** The rows as a Markdown table. */
export function markdownTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.benchmark,
    row.what,
    withSpread(row.subject, row.unit),
    row.baseline === undefined ? "–" : withSpread(row.baseline, row.unit),
    row.ratio === undefined ? "–" : withSpread(row.ratio),
    row.goal?.text ?? "–",
    row.goal?.verdict ?? "information",
  ]);
  const header = ["benchmark", "what", "Midgard", "baseline", "ratio", "goal", ""];
  const table = [header, header.map(() => ""), ...cells];
  const widths = header.map((_, column) =>
    Math.max(3, ...table.map((line) => (line[column] ?? "").length))
  );
  return table.map((line, index) => {
    const filler = index === 1 ? "-" : " ";
    return `| ${widths.map((width, at) => (line[at] ?? "").padEnd(width, filler)).join(" | ")} |`;
  }).join("\n");
}

interface Judged {
  readonly name: string;
  readonly unit?: string;
  readonly least: number;
  readonly most: number;
}

function judged({ name, unit = "", least, most }: Judged, { min, max }: Bounds): { goal?: Goal } {
  const limits = [
    ...(min === undefined ? [] : [{ text: `≥ ${min.toLocaleString("en")}`, isMet: least >= min }]),
    ...(max === undefined ? [] : [{ text: `≤ ${max.toLocaleString("en")}`, isMet: most <= max }]),
  ];
  if (limits.length === 0) return {};
  const text = `${name} ${limits.map((limit) => limit.text).join(", ")} ${unit}`.trim();
  return { goal: { text, verdict: limits.every(({ isMet }) => isMet) ? "met" : "missed" } };
}

/** Median, and from which to which value the rounds went. */
function withSpread({ median, min, max }: Figures, unit = ""): string {
  return `${shown(median)} (${shown(min)}–${shown(max)}) ${unit}`.trim();
}
