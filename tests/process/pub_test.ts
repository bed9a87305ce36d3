import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CommandProcess, commandText, runCommand } from "../helpers/command_process.ts";
import { freePort } from "../helpers/free_port.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";

/** What is kept of a channel. */
async function kept(port: number, channel: string): Promise<unknown[]> {
  const { publications } = await (await fetch(
    `http://127.0.0.1:${port}/channels/${channel}?limit=1000`,
  )).json();
  return publications.map(({ data, b64data }: { data?: unknown; b64data?: string }) =>
    data ?? b64data
  );
}

function at(port: number): string[] {
  return ["--url", `http://127.0.0.1:${port}`];
}

forEachMode(
  "midgard pub publishes one message, or a line each, of the kind asked for",
  async (mode) => {
    await using server = await Midgard.start({ mode });
    const { port } = server;
    const one = await runCommand(["pub", "a", "two\nlines", ...at(port)], { mode });
    assertEquals([one.code, one.stdout], [0, ""]);
    assertMatch(one.stderr, /^1 message is stored in a, up to \w+:1, in \d\.\d s\n$/);
    const large = "x".repeat(65_536);
    await runCommand(["pub", "a", ...at(port), "--quiet"], { mode, input: `three\n\n${large}` });
    await runCommand(["pub", "a", ...at(port), "--json"], { mode, input: '{"n":[1]}\n' });
    await runCommand(["pub", "a", "--json", ...at(port), '"four"'], { mode });
    const bytes = new Uint8Array([0, 10, 255]);
    const binary = await runCommand(["pub", "a", "--binary", ...at(port)], { mode, input: bytes });
    assertEquals(binary.code, 0, binary.stderr);
    assertEquals(await kept(port, "a"), [
      ...["two\nlines", "three", "", large, { n: [1] }, "four", "AAr/"],
    ]);
    const nothing = await runCommand(["pub", "a", ...at(port)], { mode, input: "" });
    assertMatch(nothing.stderr, /^0 messages are stored in a, in/);
    assertEquals([nothing.code, (await kept(port, "a")).length], [0, 7]);
    assertEquals((await server.stop()).code, 0);
  },
);

forEachMode(
  "midgard pub names the line that is refused; those before it are stored",
  async (mode) => {
    await using server = await Midgard.start({ mode });
    const { port } = server;
    const cases = [
      {
        args: ["--json"],
        input: "1\n2\n{\n4\n",
        says: /^Cannot publish line 3: it is no JSON.*; 2 m/,
      },
      {
        args: [],
        input: `x\n${"x".repeat(65_537)}\n`,
        says: /^Cannot publish line 2: the message is l/,
      },
      {
        args: [],
        input: new Uint8Array([97, 10, 255, 10]),
        says: /^Cannot publish line 2: it is no t/,
      },
      {
        args: ["--token", "no"],
        input: "x\ny\n",
        says: /^Cannot publish .*needs a valid token.*; 0 m/,
      },
    ];
    for (const { args, input, says } of cases) {
      const { code, stderr } = await runCommand(["pub", "b", ...args, ...at(port)], {
        mode,
        input,
      });
      assertEquals(code, 1);
      assertMatch(stderr, says);
    }
    assertEquals(await kept(port, "b"), [1, 2, "x", "a"]);
    assertEquals((await server.stop()).code, 0);
  },
);

forEachMode("midgard pub waits for a server, and says when it gives up", async (mode) => {
  const port = freePort();
  const patient = new CommandProcess(["pub", "a", ...at(port)], { mode, input: "1\n2\n" });
  await using _patient = patient;
  await patient.until("stderr", /nothing listens there; trying again/);
  await using server = await Midgard.start({ mode, args: ["--port", `${port}`] });
  assertEquals((await patient.exit()).code, 0);
  assertMatch(patient.stderr, /goes on after [\d.]+ s\n2 messages are stored/);
  assertEquals(await kept(port, "a"), ["1", "2"]);
  assertEquals((await server.stop()).code, 0);
  const gone = await runCommand(["pub", "a", "--wait", "200ms", ...at(port)], {
    ...{ mode, input: "3\n4\n" },
  });
  assertEquals(gone.code, 1);
  assertMatch(
    gone.stderr,
    /Cannot publish lines 1 to 2: nothing listens there; 0 messages are sto/,
  );
});

forEachMode("midgard pub does not wait for a host that nobody knows", async (mode) => {
  const args = ["pub", "a", "x", "--url", "http://nowhere.invalid"];
  const { code, stderr } = await runCommand(args, { mode });
  assertEquals(code, 1);
  assertEquals(
    stderr,
    "Cannot publish the message: no such host is known; 0 messages are stored\n",
  );
});

forEachMode("midgard pub ends at Ctrl-C with what is stored so far", async (mode) => {
  await using server = await Midgard.start({ mode });
  // Two lines, and then nothing more without an end.
  const input = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("1\n2\n3")),
  });
  await using pub = new CommandProcess(["pub", "a", ...at(server.port)], { mode, input });
  await using sub = new CommandProcess(
    ["sub", "a", "--since", "0", "--count", "2", ...at(server.port)],
    { mode },
  );
  assertEquals((await sub.exit()).stdout, "1\n2\n");
  pub.signal("SIGINT");
  const { code, stderr } = await pub.exit();
  assertEquals(code, 130);
  assertMatch(stderr, /interrupted; 2 messages are stored in a/);
  assertEquals((await server.stop()).code, 0);
});

forEachMode("midgard pub shows MIDGARD_TOKEN or MIDGARD_API_KEY", async (mode) => {
  const [secret, key] = ["a secret of the tests", "a-key-of-the-tests"];
  const options = ["--no-anonymous", "--token-secret", secret, "--api-key", key];
  await using server = await Midgard.start({ mode, args: options });
  const signed = await runCommand(["token", "--user", "42", "--channel", "a"], {
    ...{ mode, env: { MIDGARD_TOKEN_SECRET: secret } },
  });
  const pub = (env: Readonly<Record<string, string>>) =>
    runCommand(["pub", "a", "x", ...at(server.port)], { mode, env });
  assertEquals((await pub({})).code, 1);
  for (const [name, value] of [["TOKEN", signed.stdout.trim()], ["API_KEY", key]]) {
    const { code, stderr } = await pub({ [`MIDGARD_${name}`]: value ?? "" });
    assertEquals(code, 0, stderr);
  }
  const wrong = await pub({ MIDGARD_API_KEY: "wrong" });
  assertStringIncludes(wrong.stderr, "this needs a valid token");
  assertEquals((await server.stop()).code, 0);
});

forEachMode("midgard pub and sub work with seq, jq and head as commands do", async (mode) => {
  // More than fits into a pipe, so that there is something to write once head has ended.
  const args = ["--history-size", "20000"];
  await using server = await Midgard.start({ mode, args });
  const url = at(server.port);
  const pub = commandText(mode, "pub", "n", ...url);
  const sub = (...args: string[]) => commandText(mode, "sub", "n", "--since", "0", ...args, ...url);
  const script = [
    `seq 1 20000 | ${pub}`,
    `${sub("--json", "--count", "20000")} | jq .data | jq -s "map(tonumber) | add"`,
    `${sub()} | head -n 2`,
    "echo ${PIPESTATUS[@]}",
  ].join("\n");
  const { stdout, stderr } = await new Deno.Command("bash", {
    ...{ args: ["-c", script], env: { NO_COLOR: "1" } },
  }).output();
  const errors = new TextDecoder().decode(stderr);
  assertEquals(new TextDecoder().decode(stdout), "200010000\n1\n2\n0 0\n", errors);
  assertEquals((await server.stop()).code, 0);
});

forEachMode("midgard pub reads no more than it can send", async (mode) => {
  let read = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(65_536).fill(0x0a));
      read += 65_536;
    },
  }, { highWaterMark: 0 });
  await using pub = new CommandProcess(
    ["pub", "a", "--wait", "1s", ...at(freePort())],
    { mode, input: endless },
  );
  assertEquals((await pub.exit()).code, 1);
  assertEquals(read < 4 * 1_048_576, true, `${read} bytes were read while nobody listened`);
});

forEachMode("midgard pub waits for 429, 502 and 503, and not for a redirect", async (mode) => {
  const answers = [429, 502, 503, 200, 301];
  const seen: { readonly key: string | null; readonly body: string }[] = [];
  const onListen = () => {};
  await using foreign = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen },
    async (request) => {
      seen.push({ key: request.headers.get("idempotency-key"), body: await request.text() });
      const status = answers.shift() ?? 500;
      const headers = { "retry-after": "0", location: "http://127.0.0.1:1/" };
      if (status !== 200) return new Response("busy", { status, headers });
      return Response.json({ epoch: "e", offset: 2, count: 2 });
    },
  );
  const url = at(foreign.addr.port);
  const stored = await runCommand(["pub", "a", ...url], { mode, input: "1\n2\n" });
  assertEquals(stored.code, 0, stored.stderr);
  assertMatch(
    stored.stderr,
    /it answers with HTTP 429; trying again\n.*goes on.*\n2 messages are sto/,
  );
  assertEquals(new Set(seen.map(({ key }) => key)).size, 1);
  assertEquals(seen.map(({ body }) => body), Array.from({ length: 4 }, () => "1\n2\n"));
  const moved = await runCommand(["pub", "a", "x", ...url], { mode });
  assertEquals(moved.code, 1);
  assertMatch(moved.stderr, /^Cannot publish the message: it answers with HTTP 301; 0 messages/);
});

forEachMode("midgard pub is not led astray by what is no Midgard", async (mode) => {
  const bodies: string[] = [];
  let line: unknown = 2;
  await using foreign = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      bodies.push(await request.text());
      if (line === "endless") return new Response(endless());
      const error = { code: "bad_body", message: "\x1b[2J", line };
      return Response.json({ error }, { status: 400 });
    },
  );
  const url = at(foreign.addr.port);
  for (line of [2, 3, 1_000_000_000, -1, 0.5, "endless"]) {
    const { code, stderr } = await runCommand(["pub", "a", ...url], { mode, input: "1\n2\n3\n" });
    assertMatch(stderr, /^Cannot publish lines? \d( to \d)?: [ -~]+; 0 messages are stored\n$/);
    assertEquals(code, 1);
  }
  // Line 2: what stands before it. Line 3: the same, which then names a line that was not sent.
  assertEquals(bodies.length, 2 + 2 + 4);
});

/** Never a whole answer, as fast as it is read. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(65_536).fill(0x20));
    },
  });
}
