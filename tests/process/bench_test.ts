import {
  assert,
  assertEquals,
  assertMatch,
  assertObjectMatch,
  assertStringIncludes,
} from "@std/assert";
import { token } from "../../server/cli/mod.ts";
import type { BenchExit } from "../helpers/bench_process.ts";
import { benchCommand, BenchProcess } from "../helpers/bench_process.ts";
import { freePort } from "../helpers/free_port.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { CTRL_C, PseudoTerminal } from "../helpers/pseudo_terminal.ts";
import { waitFor } from "../helpers/wait.ts";

/** How many publications the server has stored in a channel. */
async function storedIn(port: number, channel: string): Promise<number> {
  const url = `http://127.0.0.1:${port}/channels/${encodeURIComponent(channel)}?limit=1`;
  const answer = await fetch(url, { headers: { accept: "application/json" } });
  return (await answer.json()).offset;
}

/** Waits until a load is under way. */
function untilLoaded(port: number): Promise<boolean> {
  const isLoaded = async () => await storedIn(port, "bench:0") > 100;
  return waitFor(isLoaded, { what: "messages of the bench", deadlineMs: 20_000 });
}

const WHOLE = { lost: 0, missed: 0, repeated: 0, out_of_order: 0 };

forEachMode("midgard bench counts each message once at each subscriber", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  const args = ["--messages", "1000", "--publishers", "3", "--subscribers", "4", "--json"];
  await using bench = new BenchProcess({ mode, port, args });
  const { code, stderr, summary } = await bench.summary();
  assertEquals([code, stderr], [0, ""]);
  assertEquals([summary.ending, summary.is_flawless], ["complete", true]);
  assertObjectMatch(summary.publish, {
    ...{ sent: 1_000, acknowledged: 1_000, refused: 0, unanswered: 0, unsent: 0 },
  });
  assertObjectMatch(summary.delivery, { delivered: 4_000, ...WHOLE });
  assertEquals([summary.errors, summary.closes], [{}, {}]);
  for (const { per_second, latency_ms } of [summary.publish, summary.delivery]) {
    const { p50 = NaN, p99 = NaN, max = NaN } = latency_ms;
    assert(per_second > 0 && p50 > 0 && p50 <= p99 && p99 <= max);
  }
  assertEquals(await storedIn(port, "bench:0"), 1_000);
});

forEachMode("midgard bench sends at a steady rate to all channels", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  const args = ["--rate", "500", "--duration", "1s", "--channels", "5", "--subscribers", "10"];
  await using bench = new BenchProcess({ mode, port, args: [...args, "--json"] });
  const { code, summary } = await bench.summary();
  assertEquals(code, 0);
  assertObjectMatch(summary.publish, { sent: 500, acknowledged: 500, unsent: 0 });
  assertObjectMatch(summary.delivery, { delivered: 1_000, ...WHOLE });
  for (const index of [0, 1, 2, 3, 4]) assertEquals(await storedIn(port, `bench:${index}`), 100);
});

forEachMode("midgard bench loads plain WebSockets", async (mode) => {
  await using server = await Midgard.start({ mode });
  const options = ["--protocol", "plain", "--channel", "lobby", "--size", "24"];
  const args = [...options, "--messages", "500", "--publishers", "2", "--subscribers", "3"];
  await using bench = new BenchProcess({ mode, port: server.port, args: [...args, "--json"] });
  const { code, summary } = await bench.summary();
  assertEquals(code, 0);
  assertObjectMatch(summary.publish, { sent: 500, acknowledged: 500 });
  assertObjectMatch(summary.delivery, { delivered: 1_500, ...WHOLE });
  // Probes, which make sure that every subscriber is there, do not count.
  assert(await storedIn(server.port, "lobby") > 500);
});

forEachMode("midgard bench sums up what it measured when it is interrupted", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  await using bench = new BenchProcess({ mode, port, args: ["--duration", "1h", "--json"] });
  await untilLoaded(port);
  bench.signal("SIGINT");
  const { code, summary } = await bench.summary();
  assertEquals([code, summary.ending], [0, "interrupted"]);
  const stored = await storedIn(port, "bench:0");
  assertObjectMatch(summary.publish, { sent: stored, acknowledged: stored, unanswered: 0 });
  assertObjectMatch(summary.delivery, { delivered: stored, ...WHOLE });
});

for (
  const [signal, close] of [
    ["SIGINT", "3001 shutdown"],
    ["SIGKILL", "1006 connection lost"],
  ] as const
) {
  forEachMode(`midgard bench ends when ${signal} ends the server, and says so`, async (mode) => {
    await using server = await Midgard.start({ mode });
    const { port } = server;
    const args = ["--duration", "1h", "--publishers", "2", "--subscribers", "3", "--json"];
    await using bench = new BenchProcess({ mode, port, args });
    await untilLoaded(port);
    await server.stop(signal);
    const { code, summary } = await bench.summary();
    assertEquals([code, summary.ending, summary.closes], [1, "closed", { [close]: 5 }]);
    assertEquals(summary.is_flawless, false);
    assert(summary.publish.acknowledged > 0);
    assertObjectMatch(summary.delivery, { lost: 0, repeated: 0, out_of_order: 0 });
  });
}

async function tokenOf(secret: string): Promise<string> {
  const printed: string[] = [];
  const print = (text: string) => void printed.push(text);
  await token({ args: [], secret, print, printError: print });
  return printed.join("").trim();
}

/** It must be one line on standard error, and exit 1. */
function assertRefused({ code, stderr }: BenchExit, words: string): void {
  assertEquals(code, 1);
  assertMatch(stderr, /^Cannot load http:[^\n]*\n$/);
  assertStringIncludes(stderr, words);
}

forEachMode("midgard bench says in one line that nobody answers, and exits 1", async (mode) => {
  await using bench = new BenchProcess({ mode, port: freePort() });
  assertRefused(await bench.exit(), "connection 1 of 2");
});

forEachMode("midgard bench can be interrupted while it connects", async (mode) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using bench = new BenchProcess({ mode, port: listener.addr.port });
  using _unanswered = await listener.accept();
  bench.signal("SIGINT");
  assertRefused(await bench.exit(), "interrupted while connecting");
});

forEachMode("midgard bench shows its token, and is refused without one", async (mode) => {
  const secret = "a secret of the tests";
  const args = ["--no-anonymous", "--token-secret", secret];
  await using server = await Midgard.start({ mode, args });
  const { port } = server;
  for (const [protocol, words] of [["centrifuge", "3501"], ["plain", "401"]] as const) {
    await using refused = new BenchProcess({ mode, port, args: ["--protocol", protocol] });
    assertRefused(await refused.exit(), words);
    const env = { MIDGARD_TOKEN: await tokenOf(secret) };
    const few = ["--protocol", protocol, "--messages", "10", "--channel", protocol, "--json"];
    await using bench = new BenchProcess({ mode, port, args: few, env });
    const { code, stdout } = await bench.exit();
    assertEquals(code, 0);
    assert(!stdout.includes(env.MIDGARD_TOKEN));
  }
});

forEachMode("midgard bench refuses wrong options, and exits 2", async (mode) => {
  await using bench = new BenchProcess({ mode, port: 1, args: ["--size", "1", "--frobnicate"] });
  const { code, stdout, stderr } = await bench.exit();
  assertEquals([code, stdout], [2, ""]);
  assertEquals(stderr.split("\n").length, 3, stderr);
  assertStringIncludes(stderr, "see midgard bench --help");
});

forEachMode("midgard bench shows how far it is on a terminal; Ctrl-C ends it", async (mode) => {
  await using server = await Midgard.start({ mode });
  const args = ["--duration", "1h", "--rate", "200"];
  const words = benchCommand({ mode, port: server.port, args });
  await using terminal = PseudoTerminal.open(words);
  await terminal.waitFor(/1 s of 3600 s {3}published \d+\/s {3}delivered \d+\/s {3}\d/);
  await terminal.write(CTRL_C);
  const { code } = await terminal.exit();
  assertEquals(code, 0, terminal.output);
  assertStringIncludes(terminal.output, "\r\x1b[2K\r\n  publish ");
  assertMatch(terminal.output, /interrupted after [\d.]+ s\r\n +0 lost, 0 repeated, 0 out of/);
});
