/**
 * The part of a key that decides its slot in a cluster, with its braces: keys and topics that have it
 * in common are in one slot. Braces in a name would name another one, so they are written as `%7b`
 * and `%7d`, and `%` as `%25`.
 */
export function hashTag(name: string): string {
  const escaped = name.replace(/[{}%]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `{${escaped}}`;
}
