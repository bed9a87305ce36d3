import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertProperClose, connectPeers } from "../helpers/expectations.ts";
import { ROOT } from "../helpers/midgard.ts";

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
