import { type Finding, parseSource, type Rule } from "../../../scripts/check/source.ts";

/** What a rule says about a text under a path, each finding as `line: sentence`. */
export function sentences(rule: Rule, path: string, text: string): string[] {
  return rule(parseSource(path, text)).map(({ line, sentence }: Finding) => `${line}: ${sentence}`);
}
