import { capture, type Captured } from "../subprocess.ts";
import type { Finding } from "./source.ts";

/**
 * What `deno fmt`, `deno lint` and `deno check` say about the repository in this folder.
 *
 * @param files the TypeScript files to check the types of
 */
export async function toolchain(files: readonly string[]): Promise<Finding[]> {
  const deno = Deno.execPath();
  const [format, lint, types] = await Promise.all([
    capture([deno, "fmt", "--check"]),
    capture([deno, "lint", "--json"]),
    capture([deno, "check", ...files]),
  ]);
  const folder = `${Deno.cwd()}/`;
  return [
    ...orWhole("format", format, formatFindings(format.stderr)),
    ...orWhole("lint", lint, lintFindings(lint.stdout)),
    ...orWhole("types", types, typeFindings(types.stderr)),
  ].map(({ path, sentence, ...rest }) => ({
    ...rest,
    path: path.replace("file://", "").replace(folder, ""),
    sentence: sentence.replaceAll(`file://${folder}`, ""),
  }));
}

/** Reads the output of `deno fmt --check`: one finding a file. */
export function formatFindings(output: string): Finding[] {
  return [...output.matchAll(/^from (.+):$\n *(\d+)?/gm)].map(([, path = "", line = "1"]) => ({
    path,
    line: Number(line),
    rule: "format",
    sentence: "is not as deno fmt writes it",
  }));
}

interface LintDiagnostic {
  readonly filename: string;
  readonly range: { readonly start: { readonly line: number } };
  readonly message: string;
  readonly code: string;
}

interface LintReport {
  readonly diagnostics: readonly LintDiagnostic[];
  readonly errors: readonly { readonly file_path: string; readonly message: string }[];
}

/** Reads the output of `deno lint --json`. */
export function lintFindings(output: string): Finding[] {
  if (!output.startsWith("{")) return [];
  const { diagnostics, errors }: LintReport = JSON.parse(output);
  return [
    ...diagnostics.map(({ filename, range, code, message }) => ({
      path: filename,
      line: range.start.line,
      rule: `lint/${code}`,
      sentence: message,
    })),
    ...errors.map(({ file_path, message }) => ({
      path: file_path,
      line: 1,
      rule: "lint",
      sentence: message,
    })),
  ];
}

/** Reads the output of `deno check`: the first line of each error, and where it is. */
export function typeFindings(output: string): Finding[] {
  const errors = output.matchAll(
    /^(TS\d+) \[ERROR\]: (.*)$(?:\n(?!TS\d+ \[ERROR\]).*$)*?\n {4}at (file:\S+?):(\d+):\d+/gm,
  );
  return [...errors].map(([, code, sentence = "", path = "", line]) => ({
    path,
    line: Number(line),
    rule: `types/${code}`,
    sentence,
  }));
}

/** A tool that failed and left nothing that can be read is one finding: all that it printed. */
function orWhole(rule: string, { code, stdout, stderr }: Captured, found: Finding[]): Finding[] {
  if (code === 0 || found.length > 0) return found;
  return [{ path: "deno.json", line: 1, rule, sentence: `${stdout}${stderr}`.trim() }];
}
