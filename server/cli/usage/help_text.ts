import type { Style } from "../style.ts";
import type { CommandFlag, CommandUsage } from "./command.ts";

/** Columns of a terminal. */
const WIDTH = 100;

/** What `midgard <command> --help` prints. */
export function commandHelp(usage: CommandUsage, style: Style): string {
  const { name, summary, forms, flags, notes, examples, exitCodes } = usage;
  const heading = (text: string) => style.bold(text);
  const flagRows = [...flags, HELP].map((flag) => [`  ${flagText(flag)}`, flag.help] as const);
  const codeRows = exitCodes.map(([code, meaning]) => [`  ${code}`, meaning] as const);
  return [
    `${style.bold(`midgard ${name}`)}: ${summary}\n`,
    `${heading("Usage:")}\n${forms.map((form) => `  midgard ${form}\n`).join("")}`,
    `${heading("Options:")}\n${columns(flagRows)}`,
    ...notes.map((note) => `${wrap(note, WIDTH).join("\n")}\n`),
    `${heading("Examples:")}\n${examples.map((example) => `  ${example}\n`).join("")}`,
    `${heading("Exit codes:")}\n${columns(codeRows)}`,
  ].join("\n");
}

const HELP: CommandFlag = { flag: "help", help: "print this" };

function flagText({ flag, value }: CommandFlag): string {
  return value === undefined ? `--${flag}` : `--${flag} ${value}`;
}

/** Two columns, of which the second one is wrapped. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const left = Math.max(...rows.map(([text]) => text.length)) + 2;
  return rows.map(([text, help]) => {
    const [first = "", ...rest] = wrap(help, WIDTH - left);
    const lines = [`${text.padEnd(left)}${first}`, ...rest.map((line) => " ".repeat(left) + line)];
    return `${lines.join("\n")}\n`;
  }).join("");
}

/** Lines of at most `width` characters, broken at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
