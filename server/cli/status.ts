import type { CommandOptions } from "./command_options.ts";
import { printHelp, USAGE_ERROR } from "./command_options.ts";
import { ADDRESS, DEFAULT_URL } from "./address.ts";
import { trust } from "./trust.ts";
import { GivenValues } from "./usage/given_values.ts";
import { usageOf } from "./usage/command_table.ts";
import { readArguments } from "./usage/read_arguments.ts";
import { ask } from "./status/ask.ts";
import { table } from "./status/table.ts";
import { watch } from "./status/watch.ts";

/** What `status` needs besides. */
export interface StatusOptions extends CommandOptions {
  /** From the environment: on a command line everybody on the machine could read it. */
  readonly apiKey: string | undefined;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Ends a watch. */
  readonly signal: AbortSignal;
}

/** `midgard status`; gives the exit code. */
export async function status(options: StatusOptions): Promise<number> {
  const { args, print, printError, apiKey, isTerminal, signal } = options;
  const read = readArguments(usageOf("status"), args);
  if (read.kind === "help") return printHelp("status", options);
  if (read.kind === "refused") return refuse(read.problems, options);
  const given = new GivenValues(read);
  const { switches } = given;
  const url = given.read("url", ADDRESS, DEFAULT_URL);
  if (given.problems.length > 0) return refuse(given.problems, options);
  const trusted = trust(given.text("ca"));
  if (trusted.kind === "refused") {
    printError(`Cannot ask ${url} how it is as ${trusted.problem}\n`);
    return USAGE_ERROR;
  }
  const { client } = trusted;
  const isJson = switches.has("json");
  const askNow = () => ask({ url, client, apiKey, signal });
  if (switches.has("watch")) {
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

function refuse(problems: readonly string[], { printError }: CommandOptions): number {
  for (const problem of problems) printError(`Cannot ask for a status ${problem}\n`);
  return USAGE_ERROR;
}
