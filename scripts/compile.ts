// deno-lint-ignore-file no-console -- a build talks to a terminal
/**
 * Builds the one executable: `deno task compile [--target <triple>] [--output <path>]`.
 *
 * 1. Sources and packages are bundled and minified: one file for what every start needs, which starts
 *    faster than many, and one for each dynamic import, which is read when it is needed.
 * 2. The commit is put above the first as `MIDGARD_COMMIT`, the constant server/version.ts looks for.
 * 3. The bundle is compiled with the official base runtime, or with the one in denort.ts where the
 *    official one is out of reach. A path in `DENORT_BIN` comes before both.
 *
 * Nothing is done when nothing the build depends on has changed since the last one.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { format } from "@std/fmt/bytes";
import { basename } from "node:path";
import config from "../deno.json" with { type: "json" };
import { commitOf } from "./compile/commit.ts";
import { fingerprint } from "./compile/fingerprint.ts";
import { withLazyRequire } from "./compile/lazy_require.ts";
import { runFlags } from "./compile/run_flags.ts";
import { compileWithSomeRuntime } from "./compile/runtime.ts";
import { currentStamp, type Stamp, writeStamp } from "./compile/stamp.ts";
import { startUpMs } from "./compile/start_up.ts";
import { capture } from "./subprocess.ts";

const SOURCES = ["main.ts", "server", "lifecycle", "deno.json", "deno.lock"];
const BUILDERS = ["compile.ts", "compile", "denort.ts", "files.ts", "subprocess.ts"];

interface Wish {
  /** As `deno compile` names them, such as `aarch64-apple-darwin`. */
  readonly target: string;
  readonly output: string;
}

function wishOf(args: string[]): Wish {
  const { target = Deno.build.target, output } = parseArgs(args, {
    string: ["target", "output"],
    unknown: (arg) => {
      throw new TypeError(
        `Cannot build as an option must be --target or --output: current value is "${arg}"`,
      );
    },
  });
  const extension = target.includes("windows") ? ".exe" : "";
  return { target, output: output ?? `midgard${extension}` };
}

/** Bundles into a folder; gives the path of the file to start. */
async function writeBundle(folder: string, commit: string): Promise<string> {
  const split = ["--code-splitting", "--outdir", folder];
  const args = ["bundle", "--minify", "--platform", "deno", ...split, "main.ts"];
  const { code, stdout, stderr } = await capture([Deno.execPath(), ...args]);
  if (code !== 0) throw new Error(`Cannot bundle main.ts: deno says\n${stdout}${stderr}`);
  let isLazy = false;
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const script = await Deno.readTextFile(path);
    const changed = withLazyRequire(script);
    isLazy ||= changed !== script;
    await Deno.writeTextFile(path, changed);
  }
  if (!isLazy) {
    throw new Error("Cannot bundle main.ts: the bundler loads Node's modules another way");
  }
  const main = `${folder}/main.js`;
  const script = await Deno.readTextFile(main);
  await Deno.writeTextFile(main, `const MIDGARD_COMMIT = ${JSON.stringify(commit)};\n${script}`);
  // The compiler writes down when each file was changed: without this no two builds are the same.
  for await (const { name } of Deno.readDir(folder)) await Deno.utime(`${folder}/${name}`, 0, 0);
  return main;
}

async function build({ target, output }: Wish, commit: string, inputs: string): Promise<Stamp> {
  // A folder of its own, so that two builds at once do not meet.
  const folder = await Deno.makeTempDir({ dir: ".build" });
  try {
    const request = {
      script: await writeBundle(`${folder}/bundle`, commit),
      output: `${folder}/${basename(output)}`,
      target,
      flags: runFlags(config.tasks.start.command, "main.ts"),
    };
    const runtime = await compileWithSomeRuntime(request, console.log);
    // Run before it is put in place: what does not even start must not replace what does.
    const isNative = target === Deno.build.target;
    const startUp = isNative
      ? await startUpMs(await Deno.realPath(request.output), ["--version"])
      : undefined;
    await move(request.output, output);
    return await writeStamp(output, { fingerprint: inputs, runtime, startUpMs: startUp });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Puts a file in place in one step, over one that may be running; also from another disk. */
async function move(from: string, to: string): Promise<void> {
  const beside = `${to}.${crypto.randomUUID()}`;
  await Deno.rename(from, beside).catch(() => Deno.copyFile(from, beside));
  await Deno.rename(beside, to);
}

function report({ target, output }: Wish, commit: string, stamp: Stamp): string {
  const startUp = stamp.startUpMs === undefined
    ? `not measured, built for ${target}`
    : `${stamp.startUpMs.toFixed(0)} ms from process start to exit of --version, median of 5`;
  return [
    `${output}: midgard ${config.version}, commit ${commit}`,
    `  size      ${format(stamp.sizeBytes)}`,
    `  runtime   ${stamp.runtime}`,
    `  start-up  ${startUp}`,
  ].join("\n");
}

async function main(args: string[]): Promise<void> {
  const wish = wishOf(args);
  const commit = await commitOf(".");
  const base = Deno.env.get("DENORT_BIN");
  const inputs = await fingerprint(
    [...SOURCES, ...BUILDERS.map((path) => `scripts/${path}`), ...(base ? [base] : [])],
    // The compiler takes from it whether the executable exports telemetry, for good.
    [Deno.version.deno, wish.target, commit, Deno.env.get("OTEL_DENO") ?? ""],
  );
  await Deno.mkdir(".build", { recursive: true });

  const current = await currentStamp(wish.output, inputs);
  if (current) console.log("nothing has changed since the last build");
  console.log(report(wish, commit, current ?? await build(wish, commit, inputs)));
}

Deno.chdir(`${import.meta.dirname}/..`);
await main(Deno.args).catch((error: Error) => {
  console.error(error.message);
  Deno.exit(1);
});
