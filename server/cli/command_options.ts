import { styleOf } from "./style.ts";
import { usageOf } from "./usage/command_table.ts";
import { commandHelp } from "./usage/help_text.ts";

/** What a command needs of the process around it. */
export interface CommandOptions {
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  /** Writes to standard output. */
  readonly print: (text: string) => void;
  /** Writes to standard error. */
  readonly printError: (text: string) => void;
  /** Whether standard output shows colours. @default false */
  readonly hasColour?: boolean;
  /** Whether standard error does. @default false */
  readonly hasErrorColour?: boolean;
}

/** Exit code for a command line that makes no sense. */
export const USAGE_ERROR = 2;

/** Prints what `--help` is for; gives the exit code. */
export function printHelp(name: string, { print, hasColour = false }: CommandOptions): number {
  print(commandHelp(usageOf(name), styleOf(hasColour)));
  return 0;
}
