import { parseArgs } from "@std/cli/parse-args";
import type { Config, Option, OptionName } from "./options.ts";
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
  if (problems.length > 0) return { kind: "refused", problems };
  // Every name of the table was just given a value of its row's type.
  const config = values as Config;
  const impossible = checkTogether(config);
  if (impossible.length > 0) return { kind: "refused", problems: impossible };
  return { kind: "loaded", config, sources: sources as Record<OptionName, Source> };
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
  const isSwitch = (option: Option<unknown>) => option.type.placeholder === SWITCH.placeholder;
  const switches = rows.filter(isSwitch).map(({ flag }) => flag);
  const texts = rows.filter((option) => !isSwitch(option)).map(({ flag }) => flag);
  const parsed = parseArgs([...args], {
    string: texts,
    boolean: switches,
    collect: texts,
    negatable: switches,
    unknown: (arg) => {
      problems.push(unknownArgument(arg, rows));
      return false;
    },
  });
  const flags = new Map<string, Given>();
  for (const { flag, type } of rows) {
    const source = `--${flag}`;
    const value: unknown = parsed[flag];
    if (typeof value === "boolean" && mentions(args, flag)) {
      flags.set(flag, { source, text: `${value}` });
    }
    if (!Array.isArray(value) || value.length === 0) continue;
    if (value.length > 1 && type.isList !== true) {
      problems.push(
        `Cannot start as "${source}" must be given once: it is given ${value.length} times`,
      );
    }
    flags.set(flag, { source, text: value.join(",") });
  }
  return flags;
}

/** The parser reports a switch that nobody gave as false. */
function mentions(args: readonly string[], flag: string): boolean {
  return args.some((arg) => arg.replace(/^--(no-)?/, "").split("=")[0] === flag);
}

function unknownArgument(arg: string, rows: readonly Option<unknown>[]): string {
  if (!arg.startsWith("-")) return `Cannot start as ${JSON.stringify(arg)} is not an option`;
  const name = arg.replace(/^-+/, "").split("=")[0] ?? "";
  const near = rows.find(({ flag }) => flag.startsWith(name) || name.startsWith(flag));
  const hint = near === undefined || name === ""
    ? "see midgard --help"
    : `did you mean --${near.flag}`;
  return `Cannot start as "--${name}" is not an option: ${hint}`;
}

/** Combinations that cannot work, each with the values that clash. */
function checkTogether(config: Config): string[] {
  const problems: string[] = [];
  const { drainDelayMs, drainWindowMs, closeTimeoutMs, stopTimeoutMs } = config;
  const neededMs = drainDelayMs + drainWindowMs + closeTimeoutMs;
  if (neededMs > stopTimeoutMs) {
    const show = OPTIONS.stopTimeoutMs.type.print;
    problems.push(
      `Cannot start as "--stop-timeout" must be at least --drain-delay + --drain-window + ` +
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
