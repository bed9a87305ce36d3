/** `pub` and `sub` in a pipeline, with the server stopped and started in between. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { CommandExit } from "../helpers/command_process.ts";
import { CommandProcess } from "../helpers/command_process.ts";
import { freePort } from "../helpers/free_port.ts";
import type { Mode } from "../helpers/midgard.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { waitFor } from "../helpers/wait.ts";

const MESSAGES = 100_000;

/** `seq 1 100000`, no faster than `pace` lets it. */
function sequence(pace: (line: number) => Promise<void>): ReadableStream<Uint8Array> {
  let line = 0;
  return new ReadableStream({
    async pull(controller) {
      await pace(line);
      const lines = Array.from({ length: 500 }, (_, index) => `${line + index + 1}\n`);
      controller.enqueue(new TextEncoder().encode(lines.join("")));
      line += lines.length;
      if (line >= MESSAGES) controller.close();
    },
  }, { highWaterMark: 0 });
}

const EXPECTED = Array.from({ length: MESSAGES }, (_, index) => `${index + 1}\n`).join("");

/** Waits for its end. Compared as one value: a hundred thousand lines are nothing to print. */
async function assertWhole(sub: CommandProcess): Promise<void> {
  const { code, stdout, stderr } = await sub.exit();
  const lines = stdout.split("\n");
  const at = lines.findIndex((line, index) => line !== String(index + 1));
  assert(
    stdout === EXPECTED,
    `of ${lines.length - 1} lines ${at} is the first wrong: ${lines[at]}`,
  );
  assertEquals(code, 0, stderr);
}

/** Publishes all lines, with the server ended by each signal in the midst of it. */
async function publishAcross(
  signals: readonly Deno.Signal[],
  { mode, url, restart }: {
    readonly mode: Mode;
    readonly url: readonly string[];
    readonly restart: (signal: Deno.Signal) => Promise<void>;
  },
): Promise<CommandExit> {
  let [written, mayGoOn] = [0, 30_000];
  const input = sequence(async (line) => {
    written = line;
    await waitFor(() => line < mayGoOn, { what: "the restart", deadlineMs: 30_000 });
  });
  await using pub = new CommandProcess(["pub", "n", ...url], { mode, input });
  for (const [index, signal] of signals.entries()) {
    // Lines are on their way, and more follow while the server is away.
    await waitFor(() => written >= 20_000 + 30_000 * index, { what: "lines", deadlineMs: 30_000 });
    const restarted = restart(signal);
    mayGoOn += 30_000;
    await restarted;
  }
  mayGoOn = MESSAGES;
  return await pub.exit();
}

async function pipeline(mode: Mode, signals: readonly Deno.Signal[]): Promise<void> {
  const port = freePort();
  const url = ["--url", `http://127.0.0.1:${port}`];
  const cwd = await Deno.makeTempDir();
  const args = ["--port", `${port}`, "--history-size", "200000"];
  const read = (...more: string[]) =>
    new CommandProcess(["sub", "n", "--count", `${MESSAGES}`, ...more, ...url], { mode });
  let server = await Midgard.start({ mode, cwd, args });
  try {
    await using live = read();
    await live.until("stderr", /n at http/);
    const restart = async (signal: Deno.Signal) => {
      await server.stop(signal);
      server = await Midgard.start({ mode, cwd, args });
    };
    const published = await publishAcross(signals, { mode, url, restart });
    assertEquals(published.code, 0, published.stderr);
    assertMatch(published.stderr, /; trying again\n/);
    assertMatch(published.stderr, /100,000 messages are stored in n, up to \S+:100000, in /);
    await assertWhole(live);
    assertMatch(live.stderr, /back after [\d.]+ s, nothing missed\n/);
    await using kept = read("--since", "0");
    await assertWhole(kept);
    const page = await (await fetch(`http://127.0.0.1:${port}/channels/n?limit=1`)).json();
    assertEquals(page.offset, MESSAGES);
    assertEquals((await server.stop()).code, 0);
  } finally {
    await server[Symbol.asyncDispose]();
    await Deno.remove(cwd, { recursive: true });
  }
}

for (const signals of [["SIGINT", "SIGTERM"], ["SIGKILL", "SIGKILL"]] as const) {
  forEachMode(
    `midgard pub and sub: 100000 lines once each, across ${signals.join(" and ")}`,
    (mode) => pipeline(mode, signals),
  );
}
