import { parseArgs } from "@std/cli/parse-args";
import { trust } from "./trust.ts";
import { ask } from "./status/ask.ts";
import { table } from "./status/table.ts";
import { watch } from "./status/watch.ts";

/** What a command needs of the process around it. */
export interface CommandOptions {
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  /** Writes to standard output. */
  readonly print: (text: string) => void;
  /** Writes to standard error. */
  readonly printError: (text: string) => void;
}

/** What `status` needs besides. */
export interface StatusOptions extends CommandOptions {
  /** From the environment: on a command line everybody on the machine could read it. */
  readonly apiKey: string | undefined;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Ends a watch. */
  readonly signal: AbortSignal;
}

const USAGE = `midgard status: ask a running server how it is

Usage:
  midgard status [--url <url>] [--ca <file>] [--watch] [--json]

  --url <url>  address of the server (default: http://127.0.0.1:8000)
  --ca <file>  trust the certificates of these authorities as well (PEM), for https
  --watch      ask every second until Ctrl-C: drawn anew on a terminal, else a line each
  --json       the answer as it is, for programs; with --watch one line each

A server on another machine tells its numbers only to who shows its API key: set MIDGARD_API_KEY.

Exit code 0 if it answers, also while it stops, 1 if nobody does or what answers is no Midgard,
2 for a wrong option. A watch goes on whatever happens to the server, and exits with 0.
`;

/** `midgard status`; gives the exit code. */
export async function status(options: StatusOptions): Promise<number> {
  const { args, print, printError, apiKey, isTerminal, signal } = options;
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    string: ["url", "ca"],
    boolean: ["json", "watch", "help"],
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
  const trusted = trust(flags["ca"]);
  if (trusted.kind === "refused") {
    printError(`Cannot ask ${url} how it is as ${trusted.problem}\n`);
    return 2;
  }
  const { client } = trusted;
  const isJson = flags["json"] === true;
  const askNow = () => ask({ url, client, apiKey, signal });
  if (flags["watch"] === true) {
    await watch({ ask: askNow, url, isJson, isTerminal, print, signal });
    return 0;
  }
  const asked = await askNow();
  if (asked.kind === "failed") {
    printError(`Cannot ask ${url} how it is: ${asked.problem}\n`);
    return 1;
  }
  print(isJson ? `${JSON.stringify(asked.health)}\n` : table(asked.health));
  return 0;
}
