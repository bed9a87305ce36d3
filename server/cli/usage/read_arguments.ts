import { parseArgs } from "node:util";
import { didYouMean } from "../../config/mod.ts";
import type { CommandFlag, CommandUsage } from "./command.ts";

/** What stands on a command line. */
export type Arguments =
  | { readonly kind: "help" }
  /** Each completes "Cannot … <problem>". */
  | { readonly kind: "refused"; readonly problems: readonly string[] } & Given
  | { readonly kind: "arguments" } & Given;

/** What of it makes sense. */
interface Given {
  /** Values of flags by their names; of one that is given twice the last. */
  readonly flags: ReadonlyMap<string, string>;
  /** Switches that are given. */
  readonly switches: ReadonlySet<string>;
  readonly words: readonly string[];
}

/** Reads a command line as the table says; lists all that is wrong with it. */
export function readArguments(usage: CommandUsage, args: readonly string[]): Arguments {
  if (asksForHelp(args)) return { kind: "help" };
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(usage.flags.map(({ flag, value }) => [
      flag,
      { type: value === undefined ? "boolean" : "string" } as const,
    ])),
    strict: false,
    tokens: true,
  });
  const problems: string[] = [];
  const flags = new Map<string, string>();
  const switches = new Set<string>();
  const words: string[] = [];
  /** Where the value of an unknown flag would stand: one mistake is said once. */
  let strayIndex = -1;
  for (const token of tokens) {
    if (token.kind === "option-terminator" || token.index === strayIndex) continue;
    if (token.kind === "positional") {
      words.push(token.value);
      if (words.length > (usage.maxArguments ?? 0)) problems.push(unknown(usage, token.value));
      continue;
    }
    const row = usage.flags.find(({ flag }) => token.rawName === `--${flag}`);
    if (row === undefined) {
      problems.push(unknown(usage, token.rawName));
      const isFollowed = args[token.index + 1]?.startsWith("-") === false;
      if (isFollowed && !isSwitch(meant(usage, token.rawName))) strayIndex = token.index + 1;
    } else if (row.value === undefined && token.value !== undefined) {
      problems.push(`as "--${row.flag}" takes no value: current value is "${token.value}"`);
    } else if (row.value === undefined) switches.add(row.flag);
    else if (isMissing(token)) problems.push(`as "--${row.flag}" must have a value`);
    else flags.set(row.flag, token.value ?? "");
  }
  const given = { flags, switches, words };
  return problems.length > 0
    ? { kind: "refused", problems, ...given }
    : { kind: "arguments", ...given };
}

/** What begins with dashes is the next flag, unless an equals sign says otherwise. */
function isMissing({ value = "", inlineValue }: { value?: string; inlineValue?: boolean }) {
  return value === "" || (inlineValue !== true && value.startsWith("--"));
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

/** The flag that an unknown one is likely to stand for. */
function meant({ flags }: CommandUsage, word: string): CommandFlag | undefined {
  if (!word.startsWith("-")) return undefined;
  const name = word.replace(/^-+/, "");
  // Anything is a slip or two away from a name of one letter.
  if (name.length === 1) return flags.find(({ flag }) => flag.startsWith(name));
  const near = didYouMean(name, flags.map(({ flag }) => flag));
  return flags.find(({ flag }) => flag === near);
}

function isSwitch(flag: CommandFlag | undefined): boolean {
  return flag !== undefined && flag.value === undefined;
}

function unknown(usage: CommandUsage, word: string): string {
  const near = meant(usage, word)?.flag;
  const hint = near === undefined ? `see midgard ${usage.name} --help` : `did you mean --${near}`;
  return `as "${word}" is no option of it: ${hint}`;
}
