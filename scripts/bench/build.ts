import { commandLine, type Mode, ROOT } from "../../tests/helpers/midgard.ts";
import { fingerprint } from "../compile/fingerprint.ts";
import { compileWithSomeRuntime } from "../compile/runtime.ts";
import { currentStamp, writeStamp } from "../compile/stamp.ts";
import { capture } from "../subprocess.ts";

/** A server to measure Midgard against. */
export type Baseline = "bare" | "empty" | "naive";

/** Clients to measure with; see the files in `clients/`. */
export type Crowd =
  | "acknowledged"
  | "idle"
  | "listen"
  | "load"
  | "metronome"
  | "pipeline"
  | "publish"
  | "returning"
  | "stopwatch"
  | "subscribe";

const FOLDER = ".build/bench";
const BASELINES = "scripts/bench/baselines";
const CLIENTS = "scripts/bench/clients";
const FLAGS = ["--no-prompt", "--allow-net"];

/** Brings `./midgard` up to date; quick when nothing has changed. @throws {Error} when it fails. */
export async function compileMidgard(): Promise<void> {
  const { code, stdout, stderr } = await capture([Deno.execPath(), "task", "compile"]);
  if (code !== 0) throw new Error(`Cannot compile Midgard: ${stdout}${stderr}`);
}

/** The command that starts Midgard on a free port. */
export async function midgardCommand(mode: Mode, args: readonly string[] = []): Promise<string[]> {
  if (mode === "compiled") await compileMidgard();
  return commandLine({ mode, args });
}

/** The command that starts a baseline on a free port, in the same way as Midgard in that mode. */
export async function baselineCommand(name: Baseline, mode: Mode): Promise<string[]> {
  if (mode === "compiled") return [`${ROOT}${await compileBaseline(name)}`];
  return [Deno.execPath(), "run", ...FLAGS, `${ROOT}${BASELINES}/${name}.ts`];
}

/** The command that starts a crowd of clients. */
export function clientCommand(name: Crowd, args: string[]): string[] {
  const flags = ["--no-prompt", "--allow-net=127.0.0.1", "--allow-ffi"];
  return [Deno.execPath(), "run", ...flags, `${ROOT}${CLIENTS}/${name}.ts`, ...args];
}

/** Bundled, compiled and kept just as Midgard is, so that only the program differs. */
async function compileBaseline(name: Baseline): Promise<string> {
  const source = `${BASELINES}/${name}.ts`;
  const output = `${FOLDER}/${name}`;
  const facts = [Deno.version.deno, Deno.build.target];
  const inputs = await fingerprint([source, "scripts/compile", "scripts/denort.ts"], facts);
  if (await currentStamp(output, inputs)) return output;
  await Deno.mkdir(FOLDER, { recursive: true });
  const script = `${output}.js`;
  const args = ["bundle", "--platform", "deno", "--output", script, source];
  const { code, stderr } = await capture([Deno.execPath(), ...args]);
  if (code !== 0) throw new Error(`Cannot bundle ${source}: ${stderr}`);
  const request = { script, output, target: Deno.build.target, flags: FLAGS };
  const runtime = await compileWithSomeRuntime(request, () => {});
  await writeStamp(output, { fingerprint: inputs, runtime });
  return output;
}
