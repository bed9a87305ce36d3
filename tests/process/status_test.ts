import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Mode } from "../helpers/midgard.ts";
import { commandLine, forEachMode, Midgard, ROOT } from "../helpers/midgard.ts";
import { freePort } from "../helpers/free_port.ts";

/** Runs `midgard status` with these arguments. */
async function status(mode: Mode, ...args: string[]) {
  const [program = "", ...words] = commandLine({ mode });
  const command = mode === "compiled" ? [] : words.slice(0, words.indexOf("serve"));
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...command, "status", ...args],
    cwd: ROOT,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

forEachMode("midgard status tells how a server is, to people and to programs", async (mode) => {
  await using server = await Midgard.start({ mode });
  const url = `http://127.0.0.1:${server.port}`;
  await (await fetch(`${url}/channels/a`, { method: "POST", body: "hello" })).text();

  const table = await status(mode, "--url", url);
  assertEquals(table.code, 0, table.stderr);
  assertMatch(table.stdout, /^status +ready$/m);
  assertMatch(table.stdout, /^history data +midgard\.db$/m);
  assertMatch(table.stdout, /^history size +\d+ kiB$/m);

  const { pid, history } = JSON.parse((await status(mode, "--url", url, "--json")).stdout);
  assertEquals([pid, history.channels], [server.pid, 1]);
  assertEquals((await server.stop()).code, 0);
});

forEachMode("midgard status says in one line that nobody answers, and exits 1", async (mode) => {
  const { code, stderr } = await status(mode, "--url", `http://127.0.0.1:${freePort()}`);
  assertEquals(code, 1);
  assertMatch(stderr, /^Cannot ask http:.* how it is: .*\n$/);
});

forEachMode("midgard status refuses what it does not know, and exits 2", async (mode) => {
  const { code, stderr } = await status(mode, "--frobnicate");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "see midgard status --help");
});
