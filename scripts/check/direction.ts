import { importsOf, resolveImport } from "./imports.ts";
import type { Finding, Source } from "./source.ts";

/** The rooms of the server from the highest to the lowest; a room sees those in lower rows. */
const ROWS: readonly (readonly string[])[] = [
  ["main"],
  ["server"],
  ["server/http"],
  ["server/session"],
  ["server/cluster"],
  ["server/hub"],
  ["server/protocol", "server/history", "server/auth", "server/console"],
  ["server/config", "server/limits", "server/metrics", "server/terminal", "server/tls"],
  ["server/redis"],
  ["nouns"],
];

/** Files of their own that anybody in the server may import, and that import nobody. */
const NOUNS = ["publication", "errors", "log", "network", "version"].map((name) =>
  `server/${name}.ts`
);

/** Commands talk to a server from outside, so they see little of its inside. */
const SEEN_BY_CLI = ["nouns", "server/config", "server/auth", "server/protocol", "server/tls"];

/**
 * Imports point down only, type imports as well, and enter another folder through its mod.ts.
 *
 * The lifecycle sees nothing but itself and can be seen by all of the server but its nouns. Tests
 * and scripts see everything and are seen by nobody.
 */
export function direction(source: Source): Finding[] {
  const from = roomOf(source.path);
  const findings: Finding[] = [];
  for (const { specifier, line } of importsOf(source)) {
    const to = resolveImport(source.path, specifier);
    const sentence = to && refusal(source.path, from, to);
    if (sentence) findings.push({ path: source.path, line, rule: "direction", sentence });
  }
  return findings;
}

function refusal(path: string, from: string, to: string): string | undefined {
  const room = roomOf(to);
  if (from === "tests" || from === "scripts") return undefined;
  if (path === "server/version.ts" && to === "deno.json") return undefined;
  if (from === "nouns") return `${path} may import nothing of the project, not ${to}`;
  if (room === from) return undefined;
  if (!canSee(from, room)) return `${nameOf(from)} may not import ${nameOf(room)} (${to})`;
  const face = `${room}/mod.ts`;
  const isEntered = room === "nouns" || to === face;
  return isEntered ? undefined : `${nameOf(room)} is entered through ${face}, not through ${to}`;
}

function canSee(from: string, to: string): boolean {
  if (from === "lifecycle") return false;
  if (from === "server/cli") return SEEN_BY_CLI.includes(to);
  if (to === "lifecycle") return true;
  if (to === "server/cli") return from === "main";
  const [upper, lower] = [rowOf(from), rowOf(to)];
  return upper !== -1 && lower !== -1 && upper < lower;
}

function rowOf(room: string): number {
  return ROWS.findIndex((row) => row.includes(room));
}

/** `server/hub` for all below that folder, `nouns`, `main`, or the first folder of the path. */
function roomOf(path: string): string {
  if (path === "main.ts") return "main";
  if (NOUNS.includes(path)) return "nouns";
  const [top = "", folder = "", file] = path.split("/");
  return top === "server" && file !== undefined ? `${top}/${folder}` : top;
}

function nameOf(room: string): string {
  return room === "nouns" ? "the nouns" : room === "main" ? "main.ts" : room;
}
