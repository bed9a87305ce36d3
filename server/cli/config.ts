import type { ConfigInputs, EffectiveValue, LoadedConfig } from "../config/mod.ts";
import { jsonSchema, loadConfig } from "../config/mod.ts";
import type { CommandOptions } from "./command_options.ts";
import { printHelp, USAGE_ERROR } from "./command_options.ts";

/** What `midgard config` needs of the process around it. */
export interface ConfigCommandOptions
  extends CommandOptions, Pick<ConfigInputs, "env" | "readFile"> {
  /** What is wrong with the files and keys that a configuration names, a sentence each. */
  readonly problemsBehind: (loaded: Loaded) => Promise<readonly string[]>;
}

type Loaded = LoadedConfig & { kind: "loaded" };

const MODES = ["--help", "--schema", "--check", "--print"];

/** `midgard config`; gives the exit code. */
export async function config(options: ConfigCommandOptions): Promise<number> {
  const { args, print } = options;
  const [mode, ...others] = args.filter((arg) => MODES.includes(arg));
  if (mode === undefined || others.length > 0) return misused(options);
  const at = args.indexOf(mode);
  const rest = args.toSpliced(at, 1);
  switch (mode) {
    case "--help":
      return printHelp("config", options);
    case "--schema":
      if (rest.length > 0) return misused(options);
      print(`${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
      return 0;
    case "--check":
      return await check(options, rest[at], rest.toSpliced(at, 1));
    default:
      return await show(options, rest);
  }
}

function misused({ args, printError }: ConfigCommandOptions): number {
  printError(`Cannot run ${["config", ...args].join(" ")}: see midgard config --help\n`);
  return USAGE_ERROR;
}

async function check(
  options: ConfigCommandOptions,
  file: string | undefined,
  serveArgs: readonly string[],
): Promise<number> {
  if (file === undefined || file.startsWith("-")) return misused(options);
  const loaded = await load(options, ["--config", file, ...serveArgs]);
  if (loaded === undefined) return USAGE_ERROR;
  options.print(`${file}: ok\n`);
  return 0;
}

async function show(options: ConfigCommandOptions, args: readonly string[]): Promise<number> {
  const loaded = await load(options, args.filter((arg) => arg !== "--json"));
  if (loaded === undefined) return USAGE_ERROR;
  // The tenth namespace behind the ninth. Made here, as a collator takes milliseconds to make.
  const { compare } = new Intl.Collator("en", { numeric: true });
  const values = loaded.values.toSorted((one, other) => compare(one.key, other.key));
  options.print(args.includes("--json") ? json(values) : table(values));
  return 0;
}

async function load(
  { env, readFile, printError, problemsBehind }: ConfigCommandOptions,
  args: readonly string[],
): Promise<Loaded | undefined> {
  const loaded = await loadConfig({ args, env, readFile });
  const problems = loaded.kind === "refused" ? loaded.problems : await problemsBehind(loaded);
  if (loaded.kind === "loaded" && problems.length === 0) return loaded;
  for (const problem of problems) printError(`${problem}\n`);
}

function json(values: readonly EffectiveValue[]): string {
  const entries = values.map(({ key, json = null, source }) => [key, { value: json, source }]);
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
}

function table(values: readonly EffectiveValue[]): string {
  const rows = [
    ["key", "value", "from"],
    ...values.map(({ key, text, source }) => [
      key,
      // A key in PEM has several lines.
      text.replaceAll("\n", "\\n") || "–",
      source,
    ]),
  ];
  const [keyWidth = 0, valueWidth = 0] = [0, 1].map((column) =>
    Math.min(60, Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  );
  return rows.map(([key = "", value = "", source]) =>
    `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${source}\n`
  ).join("");
}
