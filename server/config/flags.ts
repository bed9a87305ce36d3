import { parseArgs } from "node:util";
import { didYouMean } from "./did_you_mean.ts";
import type { Option } from "./options.ts";
import { OPTIONS } from "./options.ts";
import { SWITCH } from "./option_types.ts";
import { HIDDEN } from "./setting.ts";

/** Where an effective value came from: `--port`, `MIDGARD_PORT`, `midgard.json: port`, `default`. */
export type Source = string;

/** A value and where it came from. */
export interface Given {
  readonly source: Source;
  readonly value: unknown;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface GivenText {
  readonly source: Source;
  readonly text: string;
}

const ROWS = Object.entries<Option<unknown>>(OPTIONS);
const FLAGS = ROWS.map(([, row]) => row);

/** The values of flags and variables by the names of their options; a flag wins. */
export function givenOptions(
  args: readonly string[],
  env: Environment,
  problems: string[],
): ReadonlyMap<string, Given> {
  const flags = readFlags(args, problems);
  return new Map(ROWS.flatMap(([name, option]) => {
    const given = flags.get(option.flag) ?? fromEnv(option, env);
    const parsed = given && parse(option, given, problems);
    return parsed === undefined ? [] : [[name, parsed] as const];
  }));
}

function fromEnv(option: Option<unknown>, env: Environment): GivenText | undefined {
  const text = env[option.env];
  return text === undefined || text === "" ? undefined : { source: option.env, text };
}

function parse(
  { type, isSecret }: Option<unknown>,
  { source, text }: GivenText,
  problems: string[],
): Given | undefined {
  const parsed = type.parse(text);
  if (parsed.kind === "value") return { source, value: parsed.value };
  const shown = isSecret === true && text !== ""
    ? HIDDEN
    : JSON.stringify(type.conceal?.(text) ?? text);
  problems.push(`Cannot start as "${source}" must be ${parsed.rule}: current value is ${shown}`);
}

/** Flags by name. Flags that are unknown and arguments that are no flags are problems. */
function readFlags(args: readonly string[], problems: string[]): Map<string, GivenText> {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(FLAGS.map((row) => [row.flag, { type: typeOf(row) }])),
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  /** Where the value of an unknown flag would stand: one mistake is said once. */
  let strayIndex = -1;
  for (const token of tokens) {
    if (token.kind === "option-terminator" || token.index === strayIndex) continue;
    if (token.kind === "positional") {
      problems.push(`Cannot start as ${JSON.stringify(token.value)} is not an option`);
      continue;
    }
    const row = rowOf(token.rawName);
    if (row === undefined) {
      problems.push(unknownFlag(token.rawName));
      const next = args[token.index + 1];
      if (next?.startsWith("-") === false) strayIndex = token.index + 1;
      continue;
    }
    const isNegated = token.rawName.startsWith("--no-");
    const texts = given.get(row.flag) ?? [];
    given.set(row.flag, [...texts, isNegated ? "false" : token.value ?? ""]);
  }
  return new Map(FLAGS.flatMap((row) => flagOf(row, given.get(row.flag), problems)));
}

function typeOf(option: Option<unknown>): "boolean" | "string" {
  return option.type.placeholder === SWITCH.placeholder ? "boolean" : "string";
}

function rowOf(rawName: string): Option<unknown> | undefined {
  return FLAGS.find((row) =>
    rawName === `--${row.flag}` || (typeOf(row) === "boolean" && rawName === `--no-${row.flag}`)
  );
}

function flagOf(
  { flag, type }: Option<unknown>,
  texts: readonly string[] | undefined,
  problems: string[],
): [string, GivenText][] {
  if (texts === undefined) return [];
  const source = `--${flag}`;
  if (texts.length > 1 && type.isList !== true) {
    problems.push(
      `Cannot start as "${source}" must be given once: it is given ${texts.length} times`,
    );
    return [];
  }
  return [[flag, { source, text: texts.join(",") }]];
}

function unknownFlag(rawName: string): string {
  const near = didYouMean(rawName.replace(/^-+/, ""), FLAGS.map(({ flag }) => flag));
  const hint = near === undefined ? "see midgard --help" : `did you mean --${near}`;
  return `Cannot start as "${rawName}" is not an option: ${hint}`;
}
