import { listenForSignals, SERVICE_ENV_NAMES, signalExitCode } from "./lifecycle/mod.ts";
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

/** Standard output of a command; where nobody reads it any more, as with `| head`, that is the end. */
function printOutput(text: string): void {
  try {
    write(Deno.stdout, text);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
}

/** Standard error of a command: where nobody reads it, there is nobody to tell. */
function printError(text: string): void {
  try {
    writeError(text);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Waits for as long as a reader takes; gives false once there is none. */
async function writeOutput(bytes: Uint8Array): Promise<boolean> {
  try {
    for (let written = 0; written < bytes.length;) {
      written += await Deno.stdout.write(bytes.subarray(written));
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw error;
  }
}

/** A first signal ends a command early, a later one the process. */
function interruption() {
  const interrupt = new AbortController();
  let exitCode = 0;
  listenForSignals({
    onStop: (signal) => {
      exitCode = signalExitCode(signal);
      interrupt.abort();
    },
    onForce: (_signal, exitCode) => Deno.exit(exitCode),
    onReload: () => {},
  }, { hasTerminal: true });
  return { signal: interrupt.signal, signalExitCode: () => exitCode };
}

const COMMANDS = ["pub", "sub", "status", "bench", "token", "config", "completion"] as const;
type Command = (typeof COMMANDS)[number];

/** Commands beside the server are read only where one is run: a start has no use for them. */
function readCommands() {
  return import("./server/cli/mod.ts");
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const commands = await readCommands();
  const isTerminal = Deno.stdout.isTerminal();
  const isColourWanted = Deno.env.get("NO_COLOR") === undefined;
  const colours = {
    hasColour: isTerminal && isColourWanted,
    hasErrorColour: Deno.stderr.isTerminal() && isColourWanted,
  };
  const options = { args, print: printOutput, printError, ...colours };
  const apiKey = Deno.env.get("MIDGARD_API_KEY");
  const token = Deno.env.get("MIDGARD_TOKEN");
  switch (command) {
    case "pub": {
      const input = { openInput: () => Deno.stdin.readable, isTyped: Deno.stdin.isTerminal() };
      return await commands.pub({ ...options, ...input, token, apiKey, ...interruption() });
    }
    case "sub":
      return await commands.sub({ ...options, writeOutput, token, isTerminal, ...interruption() });
    case "status":
      return await commands.status({ ...options, apiKey, isTerminal, ...interruption() });
    case "token":
      return await commands.token({ ...options, secret: Deno.env.get("MIDGARD_TOKEN_SECRET") });
    case "bench": {
      const isWatched = Deno.stderr.isTerminal();
      return await commands.bench({ ...options, token, ...interruption(), isTerminal: isWatched });
    }
    case "config":
      return await commands.config({ ...options, ...inputs(), problemsBehind: configProblems });
    case "completion":
      return commands.completion(options);
  }
}

function inputs() {
  return { env: variables(ENV_NAMES), readFile: Deno.readTextFileSync };
}

async function run(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  const named = COMMANDS.find((name) => name === command);
  if (named !== undefined) return await runCommand(named, rest);
  if (args.includes("--help") || args.includes("-h")) {
    return print(helpText((await readCommands()).commandLines()));
  }
  if (args.includes("--version") || args.includes("-V")) {
    return print(`midgard ${VERSION} (${COMMIT}, Deno ${Deno.version.deno})\n`);
  }
  if (command !== undefined && command !== "serve" && !command.startsWith("-")) {
    writeError(`${(await readCommands()).unknownCommand(command)}\n`);
    return USAGE_ERROR;
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
