import type { CommandOptions } from "../command_options.ts";
import { printHelp, USAGE_ERROR } from "../command_options.ts";
import { trust } from "../trust.ts";
import { carryOut } from "./load.ts";
import { readArguments } from "./options.ts";
import type { BenchPlan } from "./plan.ts";
import { Progress } from "./progress.ts";
import { isFlawless } from "./report.ts";
import { planText, summaryJson, summaryText } from "./summary.ts";

/** What `midgard bench` needs of the process around it. */
export interface BenchCommandOptions extends CommandOptions {
  /** The token of the environment, if it holds one. */
  readonly token: string | undefined;
  /** Whether standard error is a terminal, which is shown how far it is. */
  readonly isTerminal: boolean;
  /** Ends the load early. */
  readonly signal: AbortSignal;
}

/** `midgard bench`; gives the exit code. */
export async function bench(options: BenchCommandOptions): Promise<number> {
  const { args, token, printError } = options;
  const read = readArguments(args, token);
  switch (read.kind) {
    case "help":
      return printHelp("bench", options);
    case "refused":
      for (const problem of read.problems) printError(`Cannot load a server ${problem}\n`);
      return USAGE_ERROR;
    case "plan":
      return await load(read.plan, read.isJson, options);
  }
}

async function load(
  plan: BenchPlan,
  isJson: boolean,
  { print, printError, isTerminal, signal }: BenchCommandOptions,
): Promise<number> {
  const trusted = trust(plan.ca);
  if (trusted.kind === "refused") {
    printError(`Cannot load ${plan.url} as ${trusted.problem}\n`);
    return USAGE_ERROR;
  }
  const { client } = trusted;
  const write = isTerminal ? printError : () => {};
  if (!isJson) print(planText(plan));
  const progress = new Progress({ plan, write });
  const onProgress = progress.update.bind(progress);
  const outcome = await carryOut({ plan, client, signal, onProgress });
  progress.clear();
  if (outcome.kind === "refused") {
    printError(`Cannot load ${plan.url}: ${outcome.reason}\n`);
    return 1;
  }
  const { report } = outcome;
  print(isJson ? `${summaryJson(report)}\n` : summaryText(report));
  return isFlawless(report) ? 0 : 1;
}
