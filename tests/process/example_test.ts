import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertProperClose, connectPeers } from "../helpers/expectations.ts";
import { freePort } from "../helpers/free_port.ts";
import { ROOT } from "../helpers/midgard.ts";
import { CTRL_C, PseudoTerminal } from "../helpers/pseudo_terminal.ts";

Deno.test("The example stops well with lifecycle/ alone: all answered, all told 1001", async () => {
  await using server = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net", "scripts/examples/stop_well.ts", "0"],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = server.stdout.pipeThrough(new TextDecoderStream());
  const reader = lines.getReader();
  const first = (await reader.read()).value ?? "";
  const port = Number(/:(\d+)/.exec(first)?.[1]);
  const peers = await connectPeers(port, 20);
  await Promise.all(peers.map((peer) => peer.text("hello")));
  await Promise.all(
    peers.map((peer) => peer.until(({ messages }) => messages.length === 1, { what: "the echo" })),
  );

  server.kill("SIGINT");
  await Promise.all(peers.map((peer) => assertProperClose(peer)));
  let rest = "";
  for (let next = await reader.read(); !next.done; next = await reader.read()) rest += next.value;
  assertStringIncludes(rest, "20 of 20 closed cleanly");
  assertEquals((await server.status).code, 0);
});

Deno.test("deno task example ends well at a Ctrl-C, and says which examples there are", async () => {
  const options = ["--data", "memory", "--port", `${freePort()}`];
  const words = [Deno.execPath(), "task", "example", "world", ...options];
  const env = { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
  await using terminal = PseudoTerminal.open(words, { cwd: ROOT, env });
  await terminal.waitFor(/Press Ctrl-C to stop/);
  await terminal.write(CTRL_C);
  await terminal.waitFor(/Stopped by SIGINT/);
  assertEquals((await terminal.exit()).code, 0, terminal.output);

  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    ...{ args: ["task", "example", "nothing"], cwd: ROOT, env },
  }).output();
  assertEquals(code, 2);
  for (const name of ["chat", "dashboard", "world"]) {
    assertStringIncludes(new TextDecoder().decode(stderr), `  ${name}: `);
  }
});
