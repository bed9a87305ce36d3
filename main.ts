import { listenForSignals } from "./lifecycle/mod.ts";
import { bench, config, status, token } from "./server/cli/mod.ts";
import type { Environment } from "./server/mod.ts";
import {
  COMMIT,
  ENV_NAMES,
  helpText,
  loadConfig,
  reloadConfig,
  serve,
  VERSION,
} from "./server/mod.ts";

const USAGE_ERROR = 2;

/** Writes all of a text; throws when nobody reads it any more. */
function write(to: typeof Deno.stderr | typeof Deno.stdout, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    written += to.writeSync(bytes.subarray(written));
  }
}

function writeError(text: string): void {
  write(Deno.stderr, text);
}

function print(text: string): number {
  write(Deno.stdout, text);
  return 0;
}

function environment(): Environment {
  return Object.fromEntries(ENV_NAMES.map((name) => [name, Deno.env.get(name)]));
}

/** A first signal ends the load early, a later one the process. */
async function runBench(args: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  listenForSignals({
    onStop: () => interrupt.abort(),
    onForce: (_signal, exitCode) => Deno.exit(exitCode),
    onReload: () => {},
  }, { hasTerminal: true });
  const { signal } = interrupt;
  const isTerminal = Deno.stderr.isTerminal();
  const token = Deno.env.get("MIDGARD_TOKEN");
  return await bench({ args, token, isTerminal, signal, print, printError: writeError });
}

async function run(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  const inputs = { env: environment(), readFile: Deno.readTextFileSync };
  if (command === "status") {
    return await status({ args: rest, print, printError: writeError });
  }
  if (command === "token") {
    const secret = Deno.env.get("MIDGARD_TOKEN_SECRET");
    return await token({ args: rest, secret, print, printError: writeError });
  }
  if (command === "bench") return await runBench(rest);
  if (command === "config") {
    return await config({ args: rest, print, printError: writeError, ...inputs });
  }
  if (args.includes("--help") || args.includes("-h")) return print(helpText());
  if (args.includes("--version") || args.includes("-V")) {
    return print(`midgard ${VERSION} (${COMMIT}, Deno ${Deno.version.deno})\n`);
  }
  const serveArgs = command === "serve" ? rest : args;
  const loaded = await loadConfig({ args: serveArgs, ...inputs });
  if (loaded.kind === "refused") {
    for (const problem of loaded.problems) writeError(`${problem}\n`);
    return USAGE_ERROR;
  }
  const isTerminal = Deno.stderr.isTerminal();
  return await serve({
    config: loaded.config,
    reload: (running) => reloadConfig(running, { args: serveArgs, ...inputs }),
    isTerminal,
    hasTerminal: isTerminal || Deno.stdin.isTerminal(),
    hasColour: isTerminal && Deno.env.get("NO_COLOR") === undefined,
    write: writeError,
    exit: Deno.exit,
  });
}

Deno.exit(await run(Deno.args));
