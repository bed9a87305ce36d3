import { assertEquals, assertStringIncludes } from "@std/assert";
import { bench } from "../../../../server/cli/mod.ts";
import { readArguments } from "../../../../server/cli/bench/options.ts";

function planOf(...args: string[]) {
  const read = readArguments(args, undefined);
  if (read.kind !== "plan") throw new Error(`Cannot plan: ${JSON.stringify(read)}`);
  return read.plan;
}

function problemsOf(...args: string[]): readonly string[] {
  const read = readArguments(args, undefined);
  return read.kind === "refused" ? read.problems : [];
}

async function run(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await bench({
    ...{ args, token: undefined, isTerminal: false, signal: AbortSignal.abort() },
    print: (text) => out.push(text),
    printError: (text) => err.push(text),
  });
  return { code, stdout: out.join(""), stderr: err.join("") };
}

Deno.test("readArguments plans one publisher and one subscriber for ten seconds by default", () => {
  assertEquals(planOf(), {
    url: "http://127.0.0.1:8000",
    protocol: "centrifuge",
    token: undefined,
    publishers: 1,
    subscribers: 1,
    channels: ["bench:0"],
    sizeBytes: 128,
    rate: undefined,
    inFlight: 64,
    end: { kind: "after", durationMs: 10_000 },
  });
});

Deno.test("readArguments reads every option", () => {
  const args = [
    ...["--url", "wss://example.com", "--protocol", "plain", "--publishers", "2"],
    ...["--subscribers", "3", "--channels", "2", "--size", "1024", "--rate", "500"],
    ...["--in-flight", "9", "--messages", "1000", "--token", "t"],
  ];
  assertEquals(planOf(...args), {
    url: "wss://example.com",
    protocol: "plain",
    token: "t",
    publishers: 2,
    subscribers: 3,
    channels: ["bench:0", "bench:1"],
    sizeBytes: 1_024,
    rate: 500,
    inFlight: 9,
    end: { kind: "messages", count: 1_000 },
  });
  assertEquals(planOf("--duration", "1m").end, { kind: "after", durationMs: 60_000 });
  assertEquals(planOf("--channel", "chat").channels, ["chat"]);
});

Deno.test("readArguments takes the environment's token where no flag gives one", () => {
  const tokens = [[], ["--token", "flag"]].map((args) => {
    const read = readArguments(args, "environment");
    return read.kind === "plan" ? read.plan.token : read;
  });
  assertEquals(tokens, ["environment", "flag"]);
});

Deno.test("readArguments keeps less in flight of many publishers and of large payloads", () => {
  assertEquals(planOf("--publishers", "10").inFlight, 25);
  assertEquals(planOf("--publishers", "1000").inFlight, 1);
  assertEquals(planOf("--size", "65536").inFlight, 8);
  assertEquals(planOf("--rate", "100").inFlight, 1_000);
});

for (
  const [flag, value] of [
    ["publishers", "0"],
    ["publishers", "1001"],
    ["publishers", "many"],
    ["subscribers", "10001"],
    ["channels", "0"],
    ["channel", "a b"],
    ["size", "23"],
    ["rate", "0"],
    ["in-flight", "0"],
    ["duration", "10"],
    ["duration", "2d"],
    ["messages", "1e3"],
    ["protocol", "mqtt"],
    ["url", "localhost:8000"],
  ] as const
) {
  Deno.test(`readArguments refuses --${flag} ${value}`, () => {
    const [problem = "", ...others] = problemsOf(`--${flag}`, value);
    assertStringIncludes(problem, `as "--${flag}" must be `);
    assertStringIncludes(problem, `: current value is "${value}"`);
    assertEquals(others, []);
  });
}

for (
  const [args, words] of [
    [["--channel", "a", "--channels", "2"], "both --channel and --channels"],
    [["--duration", "1s", "--messages", "2"], "both --duration and --messages"],
    [["--protocol", "plain", "--channels", "2"], "more --channels than --publishers"],
    [["--publishers", "1000", "--size", "1048576"], "256 MiB in flight"],
    [["--frobnicate"], "see midgard bench --help"],
    [["lobby"], "see midgard bench --help"],
  ] as const
) {
  Deno.test(`readArguments refuses ${args.join(" ")}`, () => {
    const problems = problemsOf(...args);
    assertEquals(problems.length, 1);
    assertStringIncludes(problems.join(), words);
  });
}

Deno.test("midgard bench lists every wrong option in a line of its own, and exits 2", async () => {
  const { code, stdout, stderr } = await run("--size", "x", "--rate", "y");
  assertEquals([code, stdout], [2, ""]);
  assertEquals(stderr.match(/^Cannot load a server as "--(size|rate)" .*$/gm)?.length, 2);
});

Deno.test("midgard bench --help explains every option, on a terminal of 100 columns", async () => {
  const { code, stdout } = await run("--help");
  assertEquals(code, 0);
  const names = ["url", "protocol", "publishers", "subscribers", "channels", "channel", "size"];
  for (const name of [...names, "rate", "in-flight", "duration", "messages", "token", "json"]) {
    assertStringIncludes(stdout, `\n  --${name} `);
  }
  for (const line of stdout.split("\n")) assertEquals(line.length <= 100, true, line);
});
