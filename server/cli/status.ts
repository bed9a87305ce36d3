import { parseArgs } from "@std/cli/parse-args";
import { format } from "@std/fmt/bytes";

/** What a command needs of the process around it. */
export interface CommandOptions {
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  /** Writes to standard output. */
  readonly print: (text: string) => void;
  /** Writes to standard error. */
  readonly printError: (text: string) => void;
}

const USAGE = `midgard status: ask a running server how it is

Usage:
  midgard status [--url <url>] [--json]

  --url <url>  address of the server (default: http://127.0.0.1:8000)
  --json       the answer as it is, for programs

Exit code 0 if it answers, 1 if it does not, 2 for a wrong option.
`;

const ASK_TIMEOUT_MS = 5_000;

/** `midgard status`; gives the exit code. */
export async function status({ args, print, printError }: CommandOptions): Promise<number> {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    string: ["url"],
    boolean: ["json", "help"],
    unknown: (arg) => {
      unknown.push(arg);
      return false;
    },
  });
  if (flags["help"] === true) {
    print(USAGE);
    return 0;
  }
  const url = String(flags["url"] ?? "http://127.0.0.1:8000");
  if (unknown.length > 0 || !URL.canParse("/healthz", url)) {
    printError(`Cannot read "${unknown[0] ?? url}": see midgard status --help\n`);
    return 2;
  }
  try {
    const answer = await fetch(new URL("/healthz", url), {
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    const body = await answer.text();
    print(flags["json"] === true ? `${body}\n` : table(JSON.parse(body)));
    return answer.ok ? 0 : 1;
  } catch (error) {
    printError(`Cannot ask ${url} how it is: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

/** Two columns: nested names are joined, `_s` and `bytes` are shown with their units. */
function table(answer: unknown): string {
  const rows = rowsOf(answer, "");
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

function rowsOf(value: unknown, name: string): [string, string][] {
  if (typeof value === "object" && value !== null) {
    const prefix = name === "" ? "" : `${name} `;
    return Object.entries(value).flatMap(([key, inner]) => rowsOf(inner, `${prefix}${key}`));
  }
  if (name.endsWith("bytes")) {
    return [[name.replace(/ bytes$/, " size"), format(Number(value), { binary: true })]];
  }
  if (name.endsWith("_s")) return [[name.slice(0, -2), `${value} s`]];
  return [[name.replaceAll("_", " "), String(value)]];
}
