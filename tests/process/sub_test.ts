import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Authority } from "../helpers/authority.ts";
import { CommandProcess, commandWords, runCommand } from "../helpers/command_process.ts";
import { freePort } from "../helpers/free_port.ts";
import type { Mode } from "../helpers/midgard.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { CTRL_C, PseudoTerminal } from "../helpers/pseudo_terminal.ts";
import { sleep, waitFor } from "../helpers/wait.ts";
import { memoryOf } from "./faults/server_process.ts";

const JSON_TYPE = "application/json";

async function publish(port: number, body: BodyInit, type = "text/plain"): Promise<void> {
  const url = `http://127.0.0.1:${port}/channels/a`;
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": type } });
  assertEquals(answer.status, 200, await answer.text());
}

function at(port: number): string[] {
  return ["--url", `http://127.0.0.1:${port}`];
}

/** Begins to read a channel, and waits until it does. */
async function subscribed(mode: Mode, ...args: string[]): Promise<CommandProcess> {
  const sub = new CommandProcess(["sub", "a", ...args], { mode });
  await sub.until("stderr", /a at http\S+; Ctrl-C ends\n/);
  return sub;
}

forEachMode("midgard sub prints what comes, of every kind, until Ctrl-C", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  await publish(port, "before");
  await using text = await subscribed(mode, ...at(port));
  await using json = await subscribed(mode, "--json", ...at(port));
  const large = "x".repeat(65_500);
  await publish(port, '{"z":1.0, "a":12345678901234567890}', JSON_TYPE);
  await publish(port, `<script>\u202e\x1b[2J ${large}`);
  await publish(port, new Uint8Array([0, 255]), "application/octet-stream");
  await publish(port, '"last"', JSON_TYPE);
  for (const sub of [text, json]) {
    await sub.until("stdout", /last/);
    sub.signal("SIGINT");
    assertEquals((await sub.exit()).code, 0);
  }
  assertEquals(
    text.stdout,
    `{"z":1.0, "a":12345678901234567890}\n<script>\u202e\x1b[2J ${large}\nAP8=\nlast\n`,
  );
  const lines = json.stdout.trimEnd().split("\n");
  assertMatch(
    lines[0] ?? "",
    /^{"channel":"a","epoch":"\w+","offset":2,"data":{"z":1.0, "a":12345678901234567890},"received":\d+}$/,
  );
  const { b64data, offset, received } = JSON.parse(lines[2] ?? "");
  assertEquals([b64data, offset, Math.abs(Date.now() - received) < 60_000], ["AP8=", 4, true]);
  assertEquals((await server.stop()).code, 0);
});

forEachMode(
  "midgard sub begins with the last n, behind a position, or says what is gone",
  async (mode) => {
    await using server = await Midgard.start({ mode, args: ["--history-size", "5"] });
    const { port } = server;
    for (let number = 1; number <= 8; number += 1) await publish(port, `${number}`);
    const sub = async (...args: string[]) =>
      await runCommand(["sub", "a", ...args, ...at(port)], { mode });
    const printed = async (...args: string[]) => {
      const { code, stdout, stderr } = await sub(...args);
      return [code, stdout.replaceAll("\n", " ").trim(), /lost its place.*/.exec(stderr)?.[0]];
    };
    assertEquals(await printed("--history", "2", "--count", "2"), [0, "7 8", undefined]);
    assertEquals(await printed("--history", "100", "--count", "5"), [0, "4 5 6 7 8", undefined]);
    assertEquals(await printed("--since", "6", "--count", "2"), [0, "7 8", undefined]);
    const [, , lost = ""] = await printed("--since", "other:1", "--count", "5");
    const [, epoch] = /goes on behind (\w+):3$/.exec(`${lost}`) ?? [];
    assertEquals(
      await printed("--since", `${epoch}:1`, "--count", "5"),
      [
        1,
        "4 5 6 7 8",
        `lost its place ${epoch}:1: 2 messages behind it may be missing; goes on behind ${epoch}:3`,
      ],
    );
    assertEquals(await printed("--since", `${epoch}:7`, "--count", "1"), [0, "8", undefined]);
    assertEquals((await server.stop()).code, 0);
  },
);

forEachMode(
  "midgard sub comes back, and says that nothing was missed or that it was",
  async (mode) => {
    const port = freePort();
    const cwd = await Deno.makeTempDir();
    const args = ["--port", `${port}`];
    try {
      await using waiting = new CommandProcess(["sub", "a", ...at(port)], { mode });
      await waiting.until("stderr", /nothing listens there; trying again/);
      await using first = await Midgard.start({ mode, cwd, args });
      await waiting.until("stderr", /there after [\d.]+ s/);
      await publish(port, "one");
      await waiting.until("stdout", /one/);
      await first.stop("SIGINT");
      await waiting.until("stderr", /(3001 shutdown|nothing listens there); trying again/);
      await using second = await Midgard.start({ mode, cwd, args });
      await publish(port, "two");
      await waiting.until("stderr", /back after [\d.]+ s, nothing missed/);
      await waiting.until("stdout", /two/);
      await second.stop("SIGKILL");
      await using third = await Midgard.start({ mode, args: [...args, "--data", "memory"] });
      await publish(port, "three");
      await waiting.until("stderr", /lost its place \w+:2: what lies behind it may be missing/);
      await waiting.until("stdout", /three/);
      waiting.signal("SIGTERM");
      assertEquals([(await waiting.exit()).code, waiting.stdout], [1, "one\ntwo\nthree\n"]);
      assertEquals((await third.stop()).code, 0);
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
);

forEachMode("midgard sub says why it cannot, and exits 1", async (mode) => {
  const secret = "a secret of the tests";
  const options = ["--no-anonymous", "--token-secret", secret];
  await using server = await Midgard.start({ mode, args: options });
  const { port } = server;
  const page = () => new Response("<html>", { headers: { "content-type": "text/html" } });
  await using other = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, page);
  const cases = [
    { args: at(other.addr.port), says: /: what answers is no Midgard\n$/ },
    { args: ["--token", "wrong", ...at(port)], says: /: 3500 invalid token\n$/ },
    { args: at(port), says: /: 3501 bad request\n$/ },
    { args: ["--url", "http://nowhere.invalid"], says: /: no such host is known\n$/ },
    { args: ["--wait", "0s", ...at(freePort())], says: /: nothing listens there\n$/ },
  ];
  for (const { args, says } of cases) {
    const { code, stdout, stderr } = await runCommand(["sub", "a", ...args], { mode });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, says);
  }
  const env = { MIDGARD_TOKEN_SECRET: secret };
  const { stdout } = await runCommand(["token", "--user", "42"], { mode, env });
  await using sub = await subscribed(mode, "--token", stdout.trim(), ...at(port));
  sub.signal("SIGINT");
  assertEquals((await sub.exit()).code, 0);
  assertEquals((await server.stop()).code, 0);
});

forEachMode(
  "midgard sub shows no control characters to a terminal, and ends at Ctrl-C",
  async (mode) => {
    await using server = await Midgard.start({ mode });
    const words = commandWords(mode, "sub", "a", ...at(server.port));
    await using terminal = PseudoTerminal.open(["env", "-u", "NO_COLOR", ...words]);
    await terminal.waitFor(new RegExp("\x1b\\[2ma at http\\S+; Ctrl-C ends\x1b\\[22m"));
    await publish(server.port, "\x1b[2J\u202eabc\tdef");
    await terminal.waitFor(/\\x1b\[2J\\u202eabc\tdef\r\n/);
    await terminal.write(CTRL_C);
    assertEquals((await terminal.exit()).code, 0);
    assertEquals((await server.stop()).code, 0);
  },
);

forEachMode("midgard sub holds little while nobody reads, and loses nothing", async (mode) => {
  const args = ["--history-size", "2000", "--data", "memory"];
  await using server = await Midgard.start({ mode, args });
  const { port } = server;
  const [program, ...rest] = commandWords(
    mode,
    "sub",
    "a",
    "--quiet",
    ...at(port),
    "--count",
    "1500",
  );
  const child = new Deno.Command(program, {
    ...{ args: rest, stdin: "null", stdout: "piped", stderr: "inherit" },
  }).spawn();
  await waitFor(
    async () => (await (await fetch(`http://127.0.0.1:${port}/channels`)).json()).total === 1,
    { what: "the subscription" },
  );
  // 90 MiB, of which a pipe takes 64 KiB.
  const body = "x".repeat(60_000);
  for (let count = 0; count < 1_500; count += 1) await publish(port, `${count} ${body}`);
  const { nowMiB } = memoryOf(child);
  assert(nowMiB < 220, `${nowMiB} MiB are resident`);
  let [rest2, next] = ["", 0];
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest2 + part).split("\n");
    rest2 = lines.pop() ?? "";
    for (const line of lines) {
      assertStringIncludes(line.slice(0, 12), `${next} x`);
      next += 1;
    }
  }
  assertEquals([(await child.status).code, next], [0, 1_500]);
  assertEquals((await server.stop()).code, 0);
});

forEachMode("midgard pub and sub trust the authority of --ca", async (mode) => {
  await using authority = await Authority.create();
  const { args } = await authority.issue();
  await using server = await Midgard.start({ mode, args });
  const url = ["--url", `https://127.0.0.1:${server.port}`];
  for (const command of [["pub", "a", "x"], ["sub", "a"]]) {
    const { code, stderr } = await runCommand([...command, ...url], { mode });
    assertEquals(code, 1);
    assertMatch(stderr, /nobody vouches for its certificate/);
  }
  const trusted = [...url, "--ca", authority.ca];
  assertEquals((await runCommand(["pub", "a", "x", ...trusted], { mode })).code, 0);
  const sub = ["sub", "a", "--since", "0", "--count", "1", ...trusted];
  assertEquals((await runCommand(sub, { mode })).stdout, "x\n");
  assertEquals((await server.stop()).code, 0);
});

forEachMode(
  "midgard sub answers pings, so that a quiet channel ends no connection",
  async (mode) => {
    const cwd = await Deno.makeTempDir();
    try {
      const client = { ping_interval: "1s", pong_timeout: "500ms" };
      await Deno.writeTextFile(`${cwd}/midgard.json`, JSON.stringify({ client }));
      const args = ["--config", "midgard.json", "--data", "memory"];
      await using server = await Midgard.start({ mode, cwd, args });
      await using sub = await subscribed(mode, ...at(server.port));
      // Some pings long.
      await sleep(3_500);
      await publish(server.port, "still there");
      await sub.until("stdout", /still there/);
      sub.signal("SIGINT");
      const { code, stderr } = await sub.exit();
      assertEquals([code, /trying again/.test(stderr)], [0, false], stderr);
      assertEquals((await server.stop()).code, 0);
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
);
