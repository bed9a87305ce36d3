/** Loads configurations from texts instead of files. */
import { assert, assertEquals } from "@std/assert";
import type { Config, ConfigInputs, LoadedConfig } from "../../../server/config/mod.ts";
import { loadConfig } from "../../../server/config/mod.ts";

/** The name of the file that {@linkcode withFile} gives. */
export const FILE = "midgard.json";

/** What a program is started with; a `file` is an object or the text of {@linkcode FILE}. */
export interface Started {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly file?: unknown;
}

/** Flags, variables and a file as `loadConfig` takes them. */
export function inputs({ args = [], env = {}, file }: Started): ConfigInputs {
  const text = typeof file === "string" ? file : JSON.stringify(file);
  return {
    args: file === undefined ? args : ["--config", FILE, ...args],
    env,
    readFile: (path) => {
      if (path === FILE && text !== undefined) return text;
      throw new Deno.errors.NotFound(`No such file: ${path}`);
    },
  };
}

/** What is loaded. @throws {AssertionError} if it is refused. */
export async function loaded(started: Started): Promise<LoadedConfig & { kind: "loaded" }> {
  const result = await loadConfig(inputs(started));
  assert(result.kind === "loaded", JSON.stringify(result));
  return result;
}

/** The configuration that is loaded. */
export async function configOf(started: Started): Promise<Config> {
  return (await loaded(started)).config;
}

/** All that is refused. */
export async function problems(started: Started): Promise<readonly string[]> {
  const result = await loadConfig(inputs(started));
  return result.kind === "refused" ? result.problems : [];
}

/** The only problem there is. */
export async function problem(started: Started): Promise<string> {
  const [only = "none", ...others] = await problems(started);
  assertEquals(others, []);
  return only;
}
