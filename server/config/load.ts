import type { Config } from "./config.ts";
import { buildConfig } from "./config.ts";
import type { ConfigFile } from "./config_file.ts";
import { NO_FILE, parseConfigFile } from "./config_file.ts";
import type { EffectiveValue } from "./effective_values.ts";
import { EffectiveValues } from "./effective_values.ts";
import type { Environment, Given, Source } from "./flags.ts";
import { givenOptions } from "./flags.ts";
import type { Option, OptionName, OptionValues } from "./options.ts";
import { OPTIONS } from "./options.ts";
import { problemsTogether } from "./together.ts";

/** What a program was started with. */
export interface ConfigInputs {
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  /** Environment variables; only those of the table are looked at. */
  readonly env: Environment;
  /** Gives the text of a file, or throws. Called only where a configuration file is named. */
  readonly readFile: (path: string) => string;
}

/** Every problem at once, a sentence each. */
export interface RefusedConfig {
  readonly kind: "refused";
  readonly problems: readonly string[];
}

/** What {@linkcode loadConfig} makes of flags, environment and file. */
export type LoadedConfig =
  | {
    readonly kind: "loaded";
    readonly config: Config;
    readonly sources: Readonly<Record<OptionName, Source>>;
    /** Every value in effect, secrets hidden. */
    readonly values: readonly EffectiveValue[];
  }
  | RefusedConfig;

/** What {@linkcode reloadConfig} makes of the same, later. */
export type ReloadedConfig =
  | {
    readonly kind: "reloaded";
    readonly config: Config;
    /** Keys that have changed and keep their old value in `config`: they take a restart. */
    readonly needRestart: readonly string[];
  }
  | RefusedConfig;

/**
 * The effective configuration: flag over environment over file over default. Depends on nothing but
 * what it is given, and loads the parser of files only for one.
 */
export async function loadConfig(inputs: ConfigInputs): Promise<LoadedConfig> {
  return await load(inputs, (options) => options);
}

/**
 * The configuration that a running server can change to without a restart: `running` with all that
 * {@linkcode OPTIONS} calls reloadable, and `channels`, `client` and `api`, as flags, environment
 * and file say now. What is refused leaves `running` in force.
 */
export async function reloadConfig(
  running: Config,
  inputs: ConfigInputs,
): Promise<ReloadedConfig> {
  const needRestart: string[] = [];
  // Before anything is derived: whom to let in depends on the address that is listened on, not on
  // the one that will be.
  const loaded = await load(inputs, (options) => {
    const kept = ROWS.filter(([name, { isReloadable, type }]) =>
      isReloadable !== true && type.print(options[name]) !== type.print(running[name])
    );
    needRestart.push(...kept.map(([, { key, flag }]) => key ?? `--${flag}`));
    return { ...options, ...Object.fromEntries(kept.map(([name]) => [name, running[name]])) };
  });
  if (loaded.kind === "refused") return loaded;
  return { kind: "reloaded", config: loaded.config, needRestart };
}

const ROWS = Object.entries(OPTIONS) as readonly [OptionName, Option<unknown>][];

async function load(
  { args, env, readFile }: ConfigInputs,
  inForce: (options: OptionValues) => OptionValues,
): Promise<LoadedConfig> {
  const problems: string[] = [];
  const given = givenOptions(args, env, problems);
  const file = await fileOf(given.get("configFile"), readFile, problems);
  // What goes together cannot be told while a part of it is unknown.
  if (file === undefined) return { kind: "refused", problems };
  const values = new EffectiveValues({ options: given, file });
  const built = buildConfig(inForce(values.takeOptions()), values);
  problems.push(...problemsTogether({ ...built, values }));
  if (problems.length > 0) return { kind: "refused", problems };
  const sources = ROWS.map(([name, { key, flag }]) => [name, values.sourceOf(key ?? `--${flag}`)]);
  return {
    kind: "loaded",
    config: built.config,
    // One for every row of the table.
    sources: Object.fromEntries(sources) as Record<OptionName, Source>,
    values: values.all,
  };
}

async function fileOf(
  given: Given | undefined,
  readFile: ConfigInputs["readFile"],
  problems: string[],
): Promise<ConfigFile | undefined> {
  if (given === undefined) return NO_FILE;
  const path = String(given.value);
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    const rule = `must be a file that can be read: current value is ${JSON.stringify(path)}`;
    problems.push(`Cannot start as "${given.source}" ${rule} (${reason})`);
    return undefined;
  }
  return await parseConfigFile({ path, text }, problems);
}
