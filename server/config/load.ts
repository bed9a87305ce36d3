import { parseArgs } from "node:util";
import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { OPEN_CHANNEL } from "./channel_options.ts";
import { DEFAULT_CLIENT } from "./client_options.ts";
import type { Config, Option, OptionName, OptionValues } from "./options.ts";
import { OPTIONS } from "./options.ts";
import { SWITCH } from "./option_types.ts";

/** Where an effective value came from: `--port`, `MIDGARD_PORT` or `default`. */
export type Source = string;

/** What {@linkcode loadConfig} makes of flags and environment. */
export type LoadedConfig =
  | {
    readonly kind: "loaded";
    readonly config: Config;
    readonly sources: Readonly<Record<OptionName, Source>>;
  }
  /** Every problem at once, a sentence each. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** What a program was started with. */
export interface ConfigInputs {
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  /** Environment variables; only those of the table are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Given {
  readonly source: Source;
  readonly text: string;
}

/** The effective configuration: flag over environment over default. Pure. */
export function loadConfig({ args, env }: ConfigInputs): LoadedConfig {
  const problems: string[] = [];
  const flags = readFlags(args, problems);
  const values: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  for (const [name, option] of Object.entries<Option<unknown>>(OPTIONS)) {
    const given = flags.get(option.flag) ?? fromEnv(option, env);
    values[name] = given === undefined ? option.default : parse(option, given, problems);
    sources[name] = given?.source ?? "default";
  }
  // Every name of the table was just given a value of its row's type.
  const config = withSections(values as OptionValues);
  problems.push(...checkTogether(config, sources as Record<OptionName, Source>));
  if (problems.length > 0) return { kind: "refused", problems };
  return { kind: "loaded", config, sources: sources as Record<OptionName, Source> };
}

/** Adds what only a configuration file can say. */
function withSections(values: OptionValues): Config {
  const { historySize, historyTtlMs, anonymous, host } = values;
  const withoutNamespace = { ...OPEN_CHANNEL, historySize, historyTtlMs };
  const isAnonymous = anonymous ?? isLoopback(host);
  return {
    ...values,
    channels: { withoutNamespace, namespaces: undefined },
    client: {
      ...DEFAULT_CLIENT,
      allowAnonymousConnectWithoutToken: isAnonymous,
      isInsecure: isAnonymous,
    },
    api: { key: undefined, errorMode: "" },
  };
}

function fromEnv(option: Option<unknown>, env: ConfigInputs["env"]): Given | undefined {
  const text = env[option.env];
  return text === undefined || text === "" ? undefined : { source: option.env, text };
}

function parse(option: Option<unknown>, { source, text }: Given, problems: string[]): unknown {
  const parsed = option.type.parse(text);
  if (parsed.kind === "value") return parsed.value;
  problems.push(
    `Cannot start as "${source}" must be ${parsed.rule}: current value is ${JSON.stringify(text)}`,
  );
  return option.default;
}

/** Flags by name. Flags that are unknown and arguments that are no flags are problems. */
function readFlags(args: readonly string[], problems: string[]): Map<string, Given> {
  const rows = Object.values<Option<unknown>>(OPTIONS);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(rows.map((row) => [row.flag, { type: typeOf(row) }])),
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
    const row = rowOf(token.rawName, rows);
    if (row === undefined) {
      problems.push(unknownFlag(token.rawName, rows));
      const next = args[token.index + 1];
      if (next?.startsWith("-") === false) strayIndex = token.index + 1;
      continue;
    }
    const isNegated = token.rawName.startsWith("--no-");
    const texts = given.get(row.flag) ?? [];
    given.set(row.flag, [...texts, isNegated ? "false" : token.value ?? ""]);
  }
  return new Map(rows.flatMap((row) => flagOf(row, given.get(row.flag), problems)));
}

function typeOf(option: Option<unknown>): "boolean" | "string" {
  return option.type.placeholder === SWITCH.placeholder ? "boolean" : "string";
}

function rowOf(rawName: string, rows: readonly Option<unknown>[]): Option<unknown> | undefined {
  return rows.find((row) =>
    rawName === `--${row.flag}` || (typeOf(row) === "boolean" && rawName === `--no-${row.flag}`)
  );
}

function flagOf(
  { flag, type }: Option<unknown>,
  texts: readonly string[] | undefined,
  problems: string[],
): [string, Given][] {
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

function unknownFlag(rawName: string, rows: readonly Option<unknown>[]): string {
  const name = rawName.replace(/^-+/, "");
  const near = name === "" ? undefined : closest(name, rows.map(({ flag }) => flag));
  const hint = near === undefined ? "see midgard --help" : `did you mean --${near}`;
  return `Cannot start as "${rawName}" is not an option: ${hint}`;
}

/** The flag that was meant: one that begins alike, or one that is a slip or two away. */
function closest(name: string, flags: readonly string[]): string | undefined {
  const prefixed = flags.find((flag) => flag.startsWith(name) || name.startsWith(flag));
  if (prefixed !== undefined) return prefixed;
  const nearest = closestString(name, flags);
  return levenshteinDistance(name, nearest) <= 2 ? nearest : undefined;
}

/** Combinations that cannot work, each with the values that clash. */
function checkTogether(config: Config, sources: Readonly<Record<OptionName, Source>>): string[] {
  const problems: string[] = [];
  const stopSource = sources.stopTimeoutMs === "default" ? "--stop-timeout" : sources.stopTimeoutMs;
  const { drainDelayMs, drainWindowMs, closeTimeoutMs, stopTimeoutMs } = config;
  const neededMs = drainDelayMs + drainWindowMs + closeTimeoutMs;
  if (neededMs > stopTimeoutMs) {
    const show = OPTIONS.stopTimeoutMs.type.print;
    problems.push(
      `Cannot start as "${stopSource}" must be at least --drain-delay + --drain-window + ` +
        `--close-timeout (${show(drainDelayMs)} + ${show(drainWindowMs)} + ${
          show(closeTimeoutMs)
        } = ` +
        `${show(neededMs)}): current value is ${show(stopTimeoutMs)}`,
    );
  }
  if (!isLoopback(config.host) && config.anonymous !== true) {
    problems.push(
      `Cannot listen on ${config.host} as anyone who reaches it could publish and subscribe: ` +
        `add --anonymous if that is what you want, or listen on 127.0.0.1`,
    );
  }
  if (config.anonymous === false) {
    problems.push(
      `Cannot start with --no-anonymous as nobody could connect: anonymous is the only way in so far`,
    );
  }
  return problems;
}

/** Whether only this machine can reach `host`. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(host);
}
