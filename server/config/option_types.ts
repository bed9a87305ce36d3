/** The kinds of values that options have: how each is read, written and described. */

import type { Network } from "../network.ts";
import { networkText, parseNetwork } from "../network.ts";

/** The outcome of reading a value from a text or from JSON. */
export type Parsed<T> =
  | { readonly kind: "value"; readonly value: T }
  /** What was given breaks `rule`, which completes the sentence "must be …". */
  | { readonly kind: "refused"; readonly rule: string };

/** Words of JSON Schema (draft 2020-12) about one value. */
export type Schema = Readonly<Record<string, unknown>>;

/** One kind of value. */
export interface OptionType<T> {
  /** Placeholder in `--help`: `<duration>`; empty for a switch. */
  readonly placeholder: string;
  /** Whether the flag may be given several times and takes a comma-separated list elsewhere. */
  readonly isList?: boolean;
  /** What a value looks like in the configuration file. */
  readonly schema: Schema;
  /** Reads a flag or a variable. */
  parse(text: string): Parsed<T>;
  /** Reads a value of the configuration file. */
  read(json: unknown): Parsed<T>;
  /** The value as a flag or a variable would give it. */
  print(value: T): string;
  /** What may be shown of a text that was given, right or wrong; without it all of it. */
  conceal?(text: string): string;
  /** The value as the configuration file would give it. */
  write(value: T): unknown;
}

/** One timer can hold no more (WHATWG HTML 8.7: a signed 32-bit number of milliseconds). */
const MAX_TIMER_MS = 24 * 86_400_000;

const NETWORK_RULE = "an address such as 192.0.2.1, or a network such as 10.0.0.0/8 or fd00::/8";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const DURATION_PATTERN = String.raw`^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$`;

/** A time to wait: `250ms`, `5s`, `2m`, `24h`; held in milliseconds, what one timer can hold. */
export const DURATION: OptionType<number> = duration({});

/** How old something may grow: `24h`, `30d`; held in milliseconds. */
export const AGE: OptionType<number> = duration({ maxMs: Infinity });

/** A time from `minMs` to `maxMs` milliseconds; without those, what one timer can hold. */
export function duration(
  { minMs = 0, maxMs = MAX_TIMER_MS }: { readonly minMs?: number; readonly maxMs?: number },
): OptionType<number> {
  const rule = "a duration such as 250ms, 5s, 2m or 24h";
  return ofText({
    placeholder: "<duration>",
    rule,
    schema: { pattern: DURATION_PATTERN },
    parse(text) {
      const [, digits = "", unit = ""] = new RegExp(DURATION_PATTERN).exec(text) ?? [];
      const value = Math.round(Number(digits) * (UNIT_MS[unit] ?? NaN));
      if (value >= minMs && value <= maxMs) return { kind: "value", value };
      if (Number.isNaN(value)) return { kind: "refused", rule };
      const bound = value > maxMs
        ? `most ${maxMs / 86_400_000} days`
        : `least ${durationText(minMs)}`;
      return { kind: "refused", rule: `a duration of at ${bound}` };
    },
    print: durationText,
  });
}

function durationText(ms: number): string {
  const units = Object.entries(UNIT_MS).reverse();
  const [unit, factor] = units.find(([, size]) => ms !== 0 && ms % size === 0) ?? ["s", 1_000];
  return `${ms / factor}${unit}`;
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): OptionType<number> {
  const parse = (text: string): Parsed<number> => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return { kind: "value", value };
    return { kind: "refused", rule: `a whole number from ${min} to ${max}` };
  };
  return {
    placeholder: "<n>",
    schema: { type: "integer", minimum: min, maximum: max },
    parse,
    read: (json) => parse(typeof json === "number" ? String(json) : ""),
    print: String,
    write: (value) => value,
  };
}

/** Any text that is not empty; `what` completes "must be …". */
export function text(placeholder: string, what: string): OptionType<string> {
  return ofText({
    placeholder,
    rule: what,
    schema: { minLength: 1 },
    parse: (value) => value === "" ? { kind: "refused", rule: what } : { kind: "value", value },
    print: (value) => value,
  });
}

/** A text that a pattern allows; `what` completes "must be …". */
export function matching(
  pattern: RegExp,
  { placeholder, what }: { readonly placeholder: string; readonly what: string },
): OptionType<string> {
  return ofText({
    placeholder,
    rule: what,
    schema: { pattern: pattern.source },
    parse: (value) =>
      pattern.test(value) ? { kind: "value", value } : { kind: "refused", rule: what },
    print: (value) => value,
  });
}

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): OptionType<T> {
  const rule = `one of ${words.map((word) => word || '""').join(", ")}`;
  return ofText<T>({
    placeholder: `<${words.join("|")}>`,
    rule,
    schema: { enum: words },
    parse(text) {
      const value = words.find((word) => word === text);
      return value === undefined ? { kind: "refused", rule } : { kind: "value", value };
    },
    print: (value) => value,
  });
}

/** Several texts: the flag repeated, one comma-separated variable, or a list in the file. */
export function listOf<T>(type: OptionType<T>): OptionType<readonly T[]> {
  return {
    placeholder: type.placeholder,
    isList: true,
    schema: { type: "array", items: type.schema },
    parse: (text) => all(text.split(",").map((item) => type.parse(item.trim()))),
    read: (json) =>
      Array.isArray(json)
        ? all(json.map((item) => type.read(item)))
        : { kind: "refused", rule: "a list, in brackets" },
    print: (value) => value.map(type.print).join(","),
    write: (value) => value.map(type.write),
  };
}

/** One address, or all of a network. */
export const NETWORK: OptionType<Network> = ofText({
  placeholder: "<network>",
  rule: NETWORK_RULE,
  schema: { minLength: 1 },
  parse(text) {
    const value = parseNetwork(text);
    return value === undefined ? { kind: "refused", rule: NETWORK_RULE } : { kind: "value", value };
  },
  print: networkText,
});

/** On or off: the bare flag, `--no-…`, or `true` and `false`. */
export const SWITCH: OptionType<boolean> = {
  placeholder: "",
  schema: { type: "boolean" },
  parse(text) {
    if (text === "" || text === "true" || text === "1") return { kind: "value", value: true };
    if (text === "false" || text === "0") return { kind: "value", value: false };
    return { kind: "refused", rule: "true or false" };
  },
  read: (json) =>
    typeof json === "boolean"
      ? { kind: "value", value: json }
      : { kind: "refused", rule: "true or false" },
  print: String,
  write: (value) => value,
};

/** The same, or nothing: in the file `""` stands for that, as in Centrifugo's. */
export function optional<T>(type: OptionType<T>): OptionType<T | undefined> {
  const isText = type.schema.type === "string";
  return {
    ...type,
    schema: isText ? { anyOf: [type.schema, { const: "" }] } : type.schema,
    read: (json) => isText && json === "" ? { kind: "value", value: undefined } : type.read(json),
    print: (value) => value === undefined ? "" : type.print(value),
    write: (value) => value === undefined ? undefined : type.write(value),
  };
}

/** The same, but `""` in the file stands for `blank`, as in Centrifugo's. */
export function orBlank<T>(type: OptionType<T>, blank: T): OptionType<T> {
  return {
    ...type,
    schema: { anyOf: [type.schema, { const: "" }] },
    read: (json) => json === "" ? { kind: "value", value: blank } : type.read(json),
  };
}

/** What is written as a string in the file too; `rule` is what anything else there breaks. */
export function ofText<T>(
  { rule, ...type }: Omit<OptionType<T>, "read" | "write"> & { readonly rule: string },
): OptionType<T> {
  return {
    ...type,
    schema: { type: "string", ...type.schema },
    read: (json) => typeof json === "string" ? type.parse(json) : { kind: "refused", rule },
    write: (value) => type.print(value),
  };
}

function all<T>(items: readonly Parsed<T>[]): Parsed<readonly T[]> {
  const refused = items.find((item) => item.kind === "refused");
  if (refused !== undefined) return refused;
  return {
    kind: "value",
    value: items.flatMap((item) => item.kind === "value" ? [item.value] : []),
  };
}
