import type { CommandOptions } from "./command_options.ts";
import { printHelp, USAGE_ERROR } from "./command_options.ts";
import { didYouMean } from "../config/mod.ts";
import { usageOf } from "./usage/command_table.ts";
import { completionScript } from "./usage/completion_script.ts";
import { SHELLS } from "./usage/local_commands.ts";
import { readArguments } from "./usage/read_arguments.ts";

/** `midgard completion`; gives the exit code. */
export function completion(options: CommandOptions): number {
  const { args, print, printError } = options;
  const read = readArguments(usageOf("completion"), args);
  if (read.kind === "help") return printHelp("completion", options);
  const problems = read.kind === "refused" ? read.problems : problemsOf(read.words[0]);
  for (const problem of problems) printError(`Cannot complete command lines ${problem}\n`);
  const shell = SHELLS.find((name) => name === read.words[0]);
  if (problems.length > 0 || shell === undefined) return USAGE_ERROR;
  print(completionScript(shell));
  return 0;
}

function problemsOf(word: string | undefined): string[] {
  if (word === undefined) return ["without a shell: see midgard completion --help"];
  if (SHELLS.some((name) => name === word)) return [];
  const near = didYouMean(word, SHELLS);
  const hint = near === undefined ? `they are ${SHELLS.join(", ")}` : `did you mean ${near}`;
  return [`of the shell "${word}" as none of its scripts is here: ${hint}`];
}
