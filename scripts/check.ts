// deno-lint-ignore-file no-console -- a check talks to a terminal
/**
 * Everything a machine can say about the sources: `deno task check`.
 *
 * Runs `deno fmt --check`, `deno lint`, `deno check` and the project's own rules, one file each in
 * scripts/check/. Prints every finding as `path:line: rule: sentence`; exits 1 if there is one.
 *
 * @module
 */
import { direction } from "./check/direction.ts";
import { errorMessage } from "./check/error_message.ts";
import { escape } from "./check/escape.ts";
import { fileName } from "./check/file_name.ts";
import { form } from "./check/form.ts";
import { privilege } from "./check/privilege.ts";
import { size } from "./check/size.ts";
import { type Finding, parseSource, type Rule, type Source } from "./check/source.ts";
import { toolchain } from "./check/toolchain.ts";
import { listFiles } from "./files.ts";

const ROOTS = ["main.ts", "lifecycle", "server", "tests", "scripts"];
const RULES: readonly Rule[] = [
  direction,
  size,
  privilege,
  escape,
  form,
  fileName,
  errorMessage,
];

async function readSource(path: string): Promise<Source> {
  return parseSource(path, await Deno.readTextFile(path));
}

function byPlace(a: Finding, b: Finding): number {
  return a.path.localeCompare(b.path) || a.line - b.line;
}

Deno.chdir(`${import.meta.dirname}/..`);
const files = (await listFiles(ROOTS)).filter((path) => /\.[jt]s$/.test(path));
const [sources, ofToolchain] = await Promise.all([
  Promise.all(files.map(readSource)),
  toolchain(files.filter((path) => path.endsWith(".ts"))),
]);
const ofRules = sources.flatMap((source) => RULES.flatMap((rule) => rule(source)));
const findings = [...ofToolchain, ...ofRules].sort(byPlace);
for (const { path, line, rule, sentence } of findings) {
  console.log(`${path}:${line}: ${rule}: ${sentence}`);
}
console.log(`check: ${files.length} files, ${findings.length} problems`);
if (findings.length > 0) Deno.exit(1);
