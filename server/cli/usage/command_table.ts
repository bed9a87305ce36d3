import { didYouMean } from "../../config/mod.ts";
import type { CommandUsage } from "./command.ts";
import { LOCAL_COMMANDS } from "./local_commands.ts";
import { TALKING_COMMANDS } from "./talking_commands.ts";

/**
 * Every command beside `serve`. Parsing, `--help`, the completions of shells and the README's table
 * all come from here; the options of `serve` are a table of their own.
 */
export const COMMAND_TABLE: readonly CommandUsage[] = [...TALKING_COMMANDS, ...LOCAL_COMMANDS];

/** The row of a command. @throws {RangeError} if there is none. */
export function usageOf(name: string): CommandUsage {
  const usage = COMMAND_TABLE.find((each) => each.name === name);
  if (usage === undefined) throw new RangeError(`Cannot find the command "${name}"`);
  return usage;
}

/** What to say of a word that is no command. */
export function unknownCommand(word: string): string {
  const names = ["serve", ...COMMAND_TABLE.map(({ name }) => name)];
  const near = didYouMean(word, names);
  const hint = near === undefined ? "see midgard --help" : `did you mean midgard ${near}`;
  return `Cannot run ${JSON.stringify(word)} as it is no command: ${hint}`;
}

/** The lines of `midgard --help` about commands. */
export function commandLines(): string {
  const rows = COMMAND_TABLE.map(({ name, summary }) =>
    `  midgard ${name.padEnd(20)} ${summary}\n`
  );
  return rows.join("");
}

/** The README's table of commands, in Markdown. */
export function commandsTable(): string {
  const rows = COMMAND_TABLE.map(({ forms, summary }) => {
    const calls = forms.map((form) => `\`midgard ${form.replaceAll("|", "\\|")}\``).join("<br>");
    return `| ${calls} | ${summary} |\n`;
  });
  return `| command | what it does |\n|---|---|\n${rows.join("")}`;
}
