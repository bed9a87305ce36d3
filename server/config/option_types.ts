/** The kinds of values that options have: how each is read, written and described. */

/** The outcome of reading a value from its text. */
export type Parsed<T> =
  | { readonly kind: "value"; readonly value: T }
  /** The text breaks `rule`, which completes the sentence "must be …". */
  | { readonly kind: "refused"; readonly rule: string };

/** One kind of value. */
export interface OptionType<T> {
  /** Placeholder in `--help`: `<duration>`; empty for a switch. */
  readonly placeholder: string;
  /** Whether the flag may be given several times and takes a comma-separated list elsewhere. */
  readonly isList?: boolean;
  parse(text: string): Parsed<T>;
  print(value: T): string;
}

/** One timer can hold no more (WHATWG HTML 8.7: a signed 32-bit number of milliseconds). */
const MAX_TIMER_MS = 24 * 86_400_000;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A time to wait: `250ms`, `5s`, `2m`, `24h`; held in milliseconds, what one timer can hold. */
export const DURATION: OptionType<number> = durationUpTo(
  MAX_TIMER_MS,
  "a duration of at most 24 days",
);

/** How old something may grow: `24h`, `30d`; held in milliseconds. */
export const AGE: OptionType<number> = durationUpTo(Infinity, "");

function durationUpTo(maxMs: number, tooLong: string): OptionType<number> {
  return {
    placeholder: "<duration>",
    parse(text) {
      const [, digits = "", unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
      const value = Math.round(Number(digits) * (UNIT_MS[unit] ?? NaN));
      if (value <= maxMs) return { kind: "value", value };
      const isDuration = value > maxMs;
      return {
        kind: "refused",
        rule: isDuration ? tooLong : "a duration such as 250ms, 5s, 2m or 24h",
      };
    },
    print(value) {
      const units = Object.entries(UNIT_MS).reverse();
      const [unit, factor] = units.find(([, size]) => value !== 0 && value % size === 0) ??
        ["s", 1_000];
      return `${value / factor}${unit}`;
    },
  };
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): OptionType<number> {
  return {
    placeholder: "<n>",
    parse(text) {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
      if (value >= min && value <= max) return { kind: "value", value };
      return { kind: "refused", rule: `a whole number from ${min} to ${max}` };
    },
    print: String,
  };
}

/** Any text that is not empty; `what` completes "must be …". */
export function text(placeholder: string, what: string): OptionType<string> {
  return {
    placeholder,
    parse: (value) => value === "" ? { kind: "refused", rule: what } : { kind: "value", value },
    print: (value) => value,
  };
}

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): OptionType<T> {
  return {
    placeholder: `<${words.join("|")}>`,
    parse(text) {
      const value = words.find((word) => word === text);
      if (value !== undefined) return { kind: "value", value };
      return { kind: "refused", rule: `one of ${words.join(", ")}` };
    },
    print: (value) => value,
  };
}

/** Several texts: the flag repeated, or one comma-separated variable. */
export function listOf(type: OptionType<string>): OptionType<readonly string[]> {
  return {
    placeholder: type.placeholder,
    isList: true,
    parse(text) {
      const items = text.split(",").map((item) => type.parse(item.trim()));
      const refused = items.find((item) => item.kind === "refused");
      if (refused !== undefined) return refused;
      const value = items.flatMap((item) => item.kind === "value" ? [item.value] : []);
      return { kind: "value", value };
    },
    print: (value) => value.join(","),
  };
}

/** On or off: the bare flag, `--no-…`, or `true` and `false`. */
export const SWITCH: OptionType<boolean> = {
  placeholder: "",
  parse(text) {
    if (text === "" || text === "true" || text === "1") return { kind: "value", value: true };
    if (text === "false" || text === "0") return { kind: "value", value: false };
    return { kind: "refused", rule: "true or false" };
  },
  print: String,
};
