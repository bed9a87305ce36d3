/** Characters of the longest pattern that makes sense: twice a channel's name. */
export const MAX_PATTERN = 510;

/**
 * Whether a name matches a pattern, in which `*` stands for any characters and `?` for one. Takes
 * at most as many steps as the product of both lengths, whatever the pattern.
 */
export function isMatch(name: string, pattern: string): boolean {
  let [at, next] = [0, 0];
  let star: { readonly next: number; at: number } | undefined;
  while (at < name.length) {
    if (pattern[next] === "*") {
      star = { next: next + 1, at };
      next += 1;
    } else if (pattern[next] === "?" || pattern[next] === name[at]) {
      at += 1;
      next += 1;
    } else if (star !== undefined) {
      // The last star takes one character more.
      star.at += 1;
      at = star.at;
      next = star.next;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(next));
}
