import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The name that was meant: one that begins alike, or one that is a slip or two away. */
export function didYouMean(name: string, names: readonly string[]): string | undefined {
  if (name === "" || names.length === 0) return undefined;
  const prefixed = names.find((known) => known.startsWith(name) || name.startsWith(known));
  if (prefixed !== undefined) return prefixed;
  const nearest = closestString(name, names);
  return levenshteinDistance(name, nearest) <= 2 ? nearest : undefined;
}
