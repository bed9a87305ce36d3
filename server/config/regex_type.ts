import type { OptionType, Parsed } from "./option_types.ts";
import { ofText } from "./option_types.ts";

/**
 * A regular expression, in the syntax of this runtime with the `u` flag. What Go writes differently
 * and files for Centrifugo hold is taken too: named groups `(?P<name>…)` and flags in front, `(?i)`.
 * As there, it matches anywhere in a text unless it is anchored.
 */
export const REGEX: OptionType<RegExp> = ofText({
  placeholder: "<regex>",
  rule: "a regular expression",
  schema: { minLength: 1 },
  parse: regexOf,
  print: ({ source, flags }) => flags === "u" ? source : `(?${flags.replace("u", "")})${source}`,
});

function regexOf(text: string): Parsed<RegExp> {
  const [, flags = "", pattern = ""] = /^(?:\(\?([ims]+)\))?([^]*)$/.exec(text) ?? [];
  const rule = "a regular expression";
  if (pattern === "") return { kind: "refused", rule };
  try {
    const value = new RegExp(pattern.replaceAll("(?P<", "(?<"), `${flags}u`);
    return { kind: "value", value };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(": ").at(-1) : error;
    return { kind: "refused", rule: `${rule} (${reason})` };
  }
}
