import { listenForSignals, SERVICE_ENV_NAMES } from "./lifecycle/mod.ts";
import {
  COMMIT,
  configProblems,
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

function variables<Name extends string>(names: readonly Name[]) {
  const values = names.map((name) => [name, Deno.env.get(name)] as const);
  // Every name was just given its value.
  return Object.fromEntries(values) as Record<Name, string | undefined>;
}

/** A first signal ends the load early, a later one the process. */
function interruption(): AbortSignal {
  const interrupt = new AbortController();
  listenForSignals({
    onStop: () => interrupt.abort(),
    onForce: (_signal, exitCode) => Deno.exit(exitCode),
    onReload: () => {},
  }, { hasTerminal: true });
  return interrupt.signal;
}

const COMMANDS = ["status", "token", "bench", "config"] as const;
type Command = (typeof COMMANDS)[number];

/** Runs a command beside the server. They are read only then: a start has no use for them. */
async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const commands = await import("./server/cli/mod.ts");
  const options = { args, print, printError: writeError };
  switch (command) {
    case "status": {
      const isTerminal = Deno.stdout.isTerminal();
      const [apiKey, signal] = [Deno.env.get("MIDGARD_API_KEY"), interruption()];
      return await commands.status({ ...options, apiKey, isTerminal, signal });
    }
    case "token":
      return await commands.token({ ...options, secret: Deno.env.get("MIDGARD_TOKEN_SECRET") });
    case "bench": {
      const isTerminal = Deno.stderr.isTerminal();
      const [token, signal] = [Deno.env.get("MIDGARD_TOKEN"), interruption()];
      return await commands.bench({ ...options, token, isTerminal, signal });
    }
    case "config":
      return await commands.config({ ...options, ...inputs(), problemsBehind: configProblems });
  }
}

function inputs() {
  return { env: variables(ENV_NAMES), readFile: Deno.readTextFileSync };
}

async function run(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  const named = COMMANDS.find((name) => name === command);
  if (named !== undefined) return await runCommand(named, rest);
  if (args.includes("--help") || args.includes("-h")) return print(helpText());
  if (args.includes("--version") || args.includes("-V")) {
    return print(`midgard ${VERSION} (${COMMIT}, Deno ${Deno.version.deno})\n`);
  }
  const serveArgs = command === "serve" ? rest : args;
  const loaded = await loadConfig({ args: serveArgs, ...inputs() });
  if (loaded.kind === "refused") {
    for (const problem of loaded.problems) writeError(`${problem}\n`);
    return USAGE_ERROR;
  }
  const isTerminal = Deno.stderr.isTerminal();
  return await serve({
    config: loaded.config,
    sources: loaded.sources,
    reload: (running) => reloadConfig(running, { args: serveArgs, ...inputs() }),
    isTerminal,
    hasTerminal: isTerminal || Deno.stdin.isTerminal(),
    hasColour: isTerminal && Deno.env.get("NO_COLOR") === undefined,
    write: writeError,
    exit: Deno.exit,
    environment: variables(SERVICE_ENV_NAMES),
  });
}

Deno.exit(await run(Deno.args));
