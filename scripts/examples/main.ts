/**
 * Runs an example: a server with the example's folder as its pages, and the example's backend if it
 * has one. Ctrl-C ends both; started again they go on where they were.
 *
 * ```sh
 * deno task example chat [options of serve]
 * ```
 *
 * @module
 */
import { runFlags } from "../compile/run_flags.ts";

const EXAMPLES: Readonly<Record<string, { readonly what: string; readonly backend?: string }>> = {
  chat: { what: "a chat in one page" },
  dashboard: { what: "numbers that curl feeds, as they come" },
  world: { what: "a small world that a backend moves and every page draws", backend: "backend.ts" },
};

const HERE = new URL(".", import.meta.url);
const ROOT = new URL("../../", HERE).pathname;

/** Starts `deno` with what it takes to run the server, as the `start` task does. */
function startServer(name: string, options: readonly string[]): Deno.ChildProcess {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  const flags = runFlags(tasks.start.command, "main.ts");
  const own = ["--public", new URL(name, HERE).pathname, "--data", `example-${name}.db`];
  return deno(["run", ...flags, `${ROOT}main.ts`, "serve", ...defaults(own, options), ...options]);
}

/** Those of the example's own options that are not given. */
function defaults(own: readonly string[], given: readonly string[]): string[] {
  const flags = given.map((word) => word.split("=")[0]);
  return own.flatMap((word, index) =>
    index % 2 === 0 && !flags.includes(word) ? [word, own[index + 1] ?? ""] : []
  );
}

function startBackend(path: string, port: string): Deno.ChildProcess {
  const url = `http://127.0.0.1:${port}`;
  return deno(["run", "--no-prompt", "--allow-net=127.0.0.1", new URL(path, HERE).pathname, url]);
}

function portOf(options: readonly string[]): string {
  const at = options.findIndex((word) => word.split("=")[0] === "--port");
  return at === -1 ? "8000" : options[at]?.split("=")[1] ?? options[at + 1] ?? "";
}

function deno(args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), { args, stdin: "null" }).spawn();
}

/** Sends a signal to a process that may have ended. */
function signal(child: Deno.ChildProcess | undefined, name: Deno.Signal): void {
  try {
    child?.kill(name);
  } catch {
    // It has.
  }
}

async function run(name = "", ...options: string[]): Promise<number> {
  const example = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined;
  if (example === undefined) {
    console.error("Usage: deno task example <name> [options of serve]\n");
    for (const [each, { what }] of Object.entries(EXAMPLES)) console.error(`  ${each}: ${what}`);
    return 2;
  }
  const { backend } = example;
  const port = portOf(options);
  if (backend !== undefined && port === "0") {
    console.error("Cannot tell the backend where the server is as --port is 0: name one");
    return 2;
  }
  const server = startServer(name, options);
  const child = backend === undefined ? undefined : startBackend(`${name}/${backend}`, port);
  // A terminal tells the server as well; it takes two in one moment for one.
  for (const stop of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(stop, () => signal(server, stop));
  }
  const { code } = await server.status;
  signal(child, "SIGTERM");
  await child?.status;
  return code;
}

Deno.exit(await run(...Deno.args));
