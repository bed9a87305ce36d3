/** Reads Prometheus' text format, and refuses what Prometheus or its linter would. */

/** One number of a scrape. */
export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: ScrapedSample[];
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy;
/** Units that are not base units (prometheus.io/docs/practices/naming). */
const NO_BASE_UNIT = /_(ms|milliseconds|minutes|hours|kb|kib|mb|mib|percent)(_|$)/;

/** One scrape. */
export class Scrape {
  readonly families: ReadonlyMap<string, Family>;

  /** @throws {Error} naming the line, when the text breaks a rule. */
  constructor(text: string) {
    if (!text.endsWith("\n")) throw new Error("Cannot read metrics as the last line has no end");
    const families = new Map<string, Family>();
    const reader = new Reader(families);
    for (const line of text.slice(0, -1).split("\n")) reader.take(line);
    for (const [name, family] of families) checkFamily(name, family);
    this.families = families;
  }

  /** The names of all metrics. */
  get names(): string[] {
    return [...this.families.keys()];
  }

  /** Every sample under its name and labels, as it stands in the text. */
  get all(): Map<string, number> {
    const samples = [...this.families.values()].flatMap(({ samples }) => samples);
    return new Map(samples.map((sample) => [keyOf(sample), sample.value]));
  }

  /** The sum of the samples of `name` that have all of `labels`; undefined if there is none. */
  find(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const family = this.families.get(name) ?? this.families.get(familyName(name));
    const found = (family?.samples ?? []).filter((sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
    );
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }

  /** As {@linkcode find}; throws if there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const value = this.find(name, labels);
    if (value !== undefined) return value;
    throw new Error(`Cannot find ${name} ${JSON.stringify(labels)} among ${this.names.join(" ")}`);
  }

  /** Samples of counters, and of histograms' parts, that are lower here than in `earlier`. */
  decreasedSince(earlier: Scrape): string[] {
    const before = earlier.all;
    return [...this.families.values()].filter(({ type }) => type !== "gauge")
      .flatMap(({ samples }) => samples)
      .filter((sample) => sample.value < (before.get(keyOf(sample)) ?? 0))
      .map(keyOf);
  }
}

/** Scrapes a server. @throws {Error} when it refuses, or when the text breaks a rule. */
export async function scrape(
  port: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<Scrape> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`Cannot scrape: ${response.status} ${text}`);
  return new Scrape(text);
}

function keyOf({ name, labels }: ScrapedSample): string {
  return `${name}${JSON.stringify(Object.entries(labels).sort())}`;
}

function familyName(sample: string): string {
  return sample.replace(/_(bucket|sum|count)$/, "");
}

/** Takes line by line; all of a family stand together. */
class Reader {
  readonly #families: Map<string, Family>;
  #help: { readonly name: string; readonly text: string } | undefined;
  #current: { readonly name: string; readonly family: Family } | undefined;

  constructor(families: Map<string, Family>) {
    this.#families = families;
  }

  take(line: string): void {
    const [, kind, name = "", text = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") this.#help = { name, text };
    else if (kind === "TYPE") this.#begin(name, text, line);
    else this.#sample(line);
  }

  #begin(name: string, type: string, line: string): void {
    if (this.#help?.name !== name) throw new Error(`Cannot read a TYPE without its HELP: ${line}`);
    if (this.#families.has(name)) throw new Error(`Cannot read a metric twice: ${line}`);
    if (!["counter", "gauge", "histogram"].includes(type)) throw new Error(`Cannot read: ${line}`);
    const family: Family = { type, help: this.#help.text, samples: [] };
    this.#families.set(name, family);
    this.#current = { name, family };
    this.#help = undefined;
  }

  #sample(line: string): void {
    const [, name = "", , text = "", number = ""] = /^([^\s{]+)(\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const current = this.#current;
    if (!METRIC_NAME.test(name) || current === undefined || this.#help !== undefined) {
      throw new Error(`Cannot read a sample: ${line}`);
    }
    const own = current.family.type === "histogram" ? familyName(name) : name;
    if (own !== current.name) throw new Error(`Cannot read a sample of another metric: ${line}`);
    if (!/^[-+]?(\d+(\.\d+)?(e[-+]?\d+)?|Inf)$/i.test(number)) {
      throw new Error(`Cannot read a number: ${line}`);
    }
    current.family.samples.push({ name, labels: labelsOf(text, line), value: Number(number) });
  }
}

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let end = 0;
  for (const [whole, name = "", value = ""] of text.matchAll(LABEL)) {
    if (name in labels) throw new Error(`Cannot read a label twice: ${line}`);
    labels[name] = value.replaceAll('\\"', '"').replaceAll("\\n", "\n").replaceAll("\\\\", "\\");
    end += whole.length;
  }
  if (end !== text.length) throw new Error(`Cannot read labels: ${line}`);
  return labels;
}

function checkFamily(name: string, { type, samples }: Family): void {
  const fail = (rule: string) => {
    throw new Error(`Cannot accept ${name}: ${rule}`);
  };
  if (samples.length === 0) fail("it has no sample");
  if ((type === "counter") !== name.endsWith("_total")) fail("_total is for counters, all of them");
  if (NO_BASE_UNIT.test(name)) fail("its unit is no base unit");
  if (/_(bucket|sum|count)$/.test(name)) fail("its end is for histograms' parts");
  if (new Set(samples.map(keyOf)).size !== samples.length) fail("a set of labels is there twice");
  if (type === "counter" && samples.some(({ value }) => value < 0)) fail("it is below 0");
  if (type === "histogram") checkHistogram(name, samples, fail);
}

function checkHistogram(
  name: string,
  samples: readonly ScrapedSample[],
  fail: (rule: string) => void,
): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => Number(labels["le"]?.replace("+Inf", "Infinity")));
  const values = buckets.map(({ value }) => value);
  const count = samples.find((sample) => sample.name === `${name}_count`)?.value;
  const hasSum = samples.some((sample) => sample.name === `${name}_sum`);
  const isAscending = (numbers: readonly number[], isStrict: boolean) =>
    numbers.every((each, index) => {
      const before = numbers[index - 1] ?? -Infinity;
      return isStrict ? each > before : each >= before;
    });
  if (!isAscending(bounds, true)) fail("its bounds do not ascend");
  if (bounds.at(-1) !== Infinity) fail("its last bound is not +Inf");
  if (!isAscending(values, false)) fail("its buckets are not cumulative");
  if (values.at(-1) !== count || !hasSum) fail("its count is not that of the last bucket");
}
