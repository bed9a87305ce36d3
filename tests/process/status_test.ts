import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Mode } from "../helpers/midgard.ts";
import { commandLine, forEachMode, Midgard, ROOT } from "../helpers/midgard.ts";
import { freePort } from "../helpers/free_port.ts";
import { request } from "../helpers/http.ts";
import { CTRL_C, PseudoTerminal } from "../helpers/pseudo_terminal.ts";
import { waitFor } from "../helpers/wait.ts";

/** Program and arguments of `midgard status` with these arguments. */
function statusCommand(mode: Mode, ...args: string[]): [string, ...string[]] {
  const [program = "", ...words] = commandLine({ mode });
  const command = mode === "compiled" ? [] : words.slice(0, words.indexOf("serve"));
  return [program, ...command, "status", ...args];
}

/** Runs `midgard status` to its end. */
async function status(mode: Mode, args: string[], env: Readonly<Record<string, string>> = {}) {
  const [program, ...words] = statusCommand(mode, ...args);
  const { code, stdout, stderr } = await new Deno.Command(program, {
    ...{ args: words, cwd: ROOT, env },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Any free port of this machine. */
const HERE = { port: 0, hostname: "127.0.0.1", onListen: () => {} };

/** To the first column of the first line, and everything behind it wiped; as a pattern. */
const CLEAR = "\x1b\\[H\x1b\\[J";

async function publish(url: string): Promise<void> {
  await (await fetch(`${url}/channels/a`, { method: "POST", body: "hello" })).text();
}

forEachMode("midgard status tells how a server is, to people and to programs", async (mode) => {
  await using server = await Midgard.start({ mode });
  const url = `http://127.0.0.1:${server.port}`;
  await publish(url);

  const table = await status(mode, ["--url", url]);
  assertEquals(table.code, 0, table.stderr);
  assertMatch(table.stdout, /^status +ready$/m);
  assertMatch(table.stdout, /^publications +1$/m);
  assertMatch(table.stdout, /^memory size +[\d.]+ MiB$/m);
  assertMatch(table.stdout, /^history data +midgard\.db$/m);
  assertMatch(table.stdout, /^history size +\d+ kiB$/m);

  const { pid, history } = JSON.parse((await status(mode, ["--url", url, "--json"])).stdout);
  assertEquals([pid, history.channels], [server.pid, 1]);
  assertEquals((await server.stop()).code, 0);
});

forEachMode("midgard status says in one line that nobody answers, and exits 1", async (mode) => {
  const url = `http://127.0.0.1:${freePort()}`;
  const { code, stdout, stderr } = await status(mode, ["--url", url]);
  assertEquals([code, stdout], [1, ""]);
  assertEquals(stderr, `Cannot ask ${url} how it is: nothing listens there\n`);
});

forEachMode("midgard status says that what answers is no Midgard, and exits 1", async (mode) => {
  for (const body of ["<html>", "[]", '{"status":"ok"}', ""]) {
    await using foreign = Deno.serve(HERE, () => new Response(body));
    const url = `http://127.0.0.1:${foreign.addr.port}`;
    const { code, stderr } = await status(mode, ["--url", url]);
    assertEquals(code, 1);
    assertEquals(stderr, `Cannot ask ${url} how it is: what listens there is no Midgard\n`);
  }
});

forEachMode("midgard status passes on why a Midgard does not answer", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
  // A public name for this machine: the server is for this machine only.
  await using proxy = Deno.serve(HERE, async () => {
    const headers = { Host: "midgard.example.com" };
    const { status, body } = await request(server.port, "GET /healthz", { headers });
    return new Response(body, { status });
  });
  const { code, stderr } = await status(mode, ["--url", `http://127.0.0.1:${proxy.addr.port}`]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "this server is for this machine");
  assertEquals((await server.stop()).code, 0);
});

forEachMode("midgard status asks a server that drains", async (mode) => {
  const args = ["--drain-delay", "3s", "--data", "memory"];
  await using server = await Midgard.start({ mode, args });
  server.signal("SIGTERM");
  await server.log.next("draining");
  const { code, stdout } = await status(mode, ["--url", `http://127.0.0.1:${server.port}`]);
  assertEquals(code, 0);
  assertMatch(stdout, /^status +draining$/m);
  assertMatch(stdout, /^stopping +[\d.]+ s$/m);
  assertEquals((await server.exit()).code, 0);
});

forEachMode("midgard status --watch writes a line each second, across a restart", async (mode) => {
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const [program, ...words] = statusCommand(mode, "--url", url, "--watch");
  const child = new Deno.Command(program, { args: words, cwd: ROOT, stdout: "piped" }).spawn();
  let text = "";
  const read = (async () => {
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) text += part;
  })();
  const until = (pattern: RegExp) =>
    waitFor(() => pattern.test(text), { what: String(pattern), explain: () => text });
  await until(/^\d\d:\d\d:\d\d {2}nothing listens there$/m);
  await using server = await Midgard.start({ mode, args: ["--port", String(port)] });
  await until(/ {2}ready, 0 connections, 0 channels in use$/m);
  await publish(url);
  await until(/ready, .*, publications [1-9]\d*\/s, deliveries 0\/s$/m);
  assertEquals((await server.stop()).code, 0);
  await until(/deliveries 0\/s\n(.*draining.*\n|.*closing.*\n)?.*nothing listens there$/m);
  child.kill("SIGINT");
  await read;
  assertEquals((await child.status).code, 0);
  assert(!text.includes("\x1b"), "no terminal, no escape sequences");
});

forEachMode("midgard status --watch draws its table anew on a terminal", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
  const url = `http://127.0.0.1:${server.port}`;
  const words = statusCommand(mode, "--url", url, "--watch");
  await using terminal = PseudoTerminal.open(words, { cwd: ROOT, env: { NO_COLOR: "1" } });
  await terminal.waitFor(new RegExp(`${CLEAR}.*\r\n\r\nstatus +ready\r\n[^]*Ctrl-C to end`));
  await terminal.waitFor(new RegExp(`${CLEAR}[^]*${CLEAR}[^]*rate deliveries +0/s`));
  await terminal.write(CTRL_C);
  assertEquals((await terminal.exit()).code, 0);
  assertEquals((await server.stop()).code, 0);
});

forEachMode("midgard status --watch --json writes one object each second", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
  const url = `http://127.0.0.1:${server.port}`;
  const [program, ...words] = statusCommand(mode, "--url", url, "--watch", "--json");
  const child = new Deno.Command(program, { args: words, cwd: ROOT, stdout: "piped" }).spawn();
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.split("\n").length > 2) child.kill("SIGINT");
  }
  assertEquals((await child.status).code, 0);
  const objects = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(objects.map(({ pid }) => pid), objects.map(() => server.pid));
  assertEquals((await server.stop()).code, 0);
});

forEachMode("midgard status shows MIDGARD_API_KEY to be told more", async (mode) => {
  const key = "the-key-of-the-status-tests";
  const seen: (string | null)[] = [];
  await using remote = Deno.serve(HERE, (ask) => {
    seen.push(ask.headers.get("x-api-key"));
    return Response.json({ status: "ready", uptime_s: 1.5 });
  });
  const url = `http://127.0.0.1:${remote.addr.port}`;
  const { stdout } = await status(mode, ["--url", url], { MIDGARD_API_KEY: key });
  assertEquals([seen, stdout], [[key], "status  ready\nuptime  1.5 s\n"]);
});

forEachMode("midgard status refuses what it does not know, and exits 2", async (mode) => {
  const { code, stderr } = await status(mode, ["--frobnicate"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "see midgard status --help");
});
