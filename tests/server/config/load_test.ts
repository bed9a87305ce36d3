import { assert, assertEquals } from "@std/assert";
import type { OptionName } from "../../../server/config/mod.ts";
import { isLoopback, OPTIONS } from "../../../server/config/mod.ts";
import { configOf, loaded, problems } from "./loading.ts";

Deno.test("loadConfig gives the default of every option when nothing is given", async () => {
  const { config, sources } = await loaded({});
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    assertEquals<unknown>(config[name], OPTIONS[name].default, name);
    assertEquals(sources[name], "default");
  }
});

Deno.test("loadConfig takes a variable over the default", async () => {
  const { config, sources } = await loaded({ env: { MIDGARD_PORT: "9000" } });
  assertEquals([config.port, sources.port], [9_000, "MIDGARD_PORT"]);
});

Deno.test("loadConfig takes a flag over a variable", async () => {
  const { config, sources } = await loaded({
    args: ["--port", "9001"],
    env: { MIDGARD_PORT: "9000" },
  });
  assertEquals([config.port, sources.port], [9_001, "--port"]);
});

Deno.test("loadConfig does not look at a variable that a flag overrules", async () => {
  assertEquals(
    (await configOf({ args: ["--port", "9001"], env: { MIDGARD_PORT: "nonsense" } })).port,
    9_001,
  );
});

Deno.test("loadConfig takes an empty variable for none", async () => {
  const { config, sources } = await loaded({ env: { MIDGARD_PORT: "", MIDGARD_PUBLIC: "" } });
  assertEquals([config.port, config.publicFolder], [8_000, undefined]);
  assertEquals(sources.publicFolder, "default");
});

Deno.test("loadConfig looks at no variable that is not in the table", async () => {
  assertEquals((await configOf({ env: { PORT: "9000", MIDGARD_PROT: "1" } })).port, 8_000);
});

Deno.test("loadConfig reads a flag with its value behind it or after a sign", async () => {
  assertEquals((await configOf({ args: ["--port", "1"] })).port, 1);
  assertEquals((await configOf({ args: ["--port=1"] })).port, 1);
  assertEquals((await configOf({ args: ["--data=a=b"] })).data, "a=b");
});

Deno.test("loadConfig reads every duration as milliseconds", async () => {
  const { config } = await loaded({
    args: [
      ...["--history-ttl", "2h", "--drain-delay", "250ms", "--drain-window", "1s"],
      ...["--close-timeout", "1.5s", "--stop-timeout", "1m", "--bind-timeout", "10s"],
    ],
  });
  const { historyTtlMs, drainDelayMs, drainWindowMs } = config;
  assertEquals([historyTtlMs, drainDelayMs, drainWindowMs], [7_200_000, 250, 1_000]);
  const { closeTimeoutMs, stopTimeoutMs, bindTimeoutMs } = config;
  assertEquals([closeTimeoutMs, stopTimeoutMs, bindTimeoutMs], [1_500, 60_000, 10_000]);
});

Deno.test("loadConfig collects a list from repeated flags and commas", async () => {
  const args = ["--allow-origin", "https://a.com,https://b.com", "--allow-origin=https://c.com"];
  assertEquals((await configOf({ args })).allowedOrigins, [
    "https://a.com",
    "https://b.com",
    "https://c.com",
  ]);
});

Deno.test("loadConfig reads a list from a variable", async () => {
  const env = { MIDGARD_ALLOW_ORIGIN: "https://a.com, https://b.com" };
  assertEquals((await configOf({ env })).allowedOrigins, ["https://a.com", "https://b.com"]);
});

Deno.test("loadConfig lets a list in flags replace the one in the variable", async () => {
  const env = { MIDGARD_ALLOW_ORIGIN: "https://a.com" };
  assertEquals(
    (await configOf({ args: ["--allow-origin", "https://b.com"], env })).allowedOrigins,
    [
      "https://b.com",
    ],
  );
});

Deno.test("loadConfig reads a switch from the bare flag", async () => {
  const { config, sources } = await loaded({ args: ["--anonymous"] });
  assertEquals([config.anonymous, sources.anonymous], [true, "--anonymous"]);
});

Deno.test("loadConfig reads a switch from its variable", async () => {
  assertEquals((await configOf({ env: { MIDGARD_ANONYMOUS: "true" } })).anonymous, true);
  assertEquals((await configOf({ env: { MIDGARD_ANONYMOUS: "1" } })).anonymous, true);
});

Deno.test("loadConfig leaves a switch that nobody gave without a value", async () => {
  assertEquals((await configOf({})).anonymous, undefined);
});

Deno.test("loadConfig takes a switch in the middle of other flags", async () => {
  const config = await configOf({ args: ["--host", "0.0.0.0", "--anonymous", "--port", "1"] });
  assertEquals([config.host, config.anonymous, config.port], ["0.0.0.0", true, 1]);
});

for (
  const [args, env] of [[["--no-anonymous"], {}], [["--anonymous=false"], {}], [[], {
    MIDGARD_ANONYMOUS: "false",
  }]] as const
) {
  Deno.test(`loadConfig refuses a server that nobody can enter: ${JSON.stringify([args, env])}`, async () => {
    const [problem, ...others] = await problems({ args, env });
    assert(problem?.includes("nobody could connect"), problem);
    assertEquals(others, []);
  });
}

Deno.test("loadConfig lets a flag overrule a switch in the environment", async () => {
  assertEquals(
    (await configOf({ args: ["--anonymous"], env: { MIDGARD_ANONYMOUS: "false" } })).anonymous,
    true,
  );
});

for (const host of ["0.0.0.0", "::", "192.168.1.5", "example.com", "127.0.0.1.example.com"]) {
  Deno.test(`loadConfig refuses to listen on ${host} without --anonymous and says what to add`, async () => {
    const [problem = "", ...others] = await problems({ args: ["--host", host] });
    assertEquals(others, []);
    assert(problem.includes(host) && problem.includes("--anonymous"), problem);
    assertEquals((await configOf({ args: ["--host", host, "--anonymous"] })).host, host);
  });
}

for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"]) {
  Deno.test(`loadConfig listens on ${host} without a word about who may enter`, async () => {
    assertEquals((await configOf({ args: ["--host", host] })).host, host);
  });
}

Deno.test("isLoopback is false for addresses that only look like it", () => {
  const hosts = ["127.0.0.1.example.com", "127.0.0", "1127.0.0.1", "localhost.example.com", ""];
  assertEquals(hosts.map(isLoopback), hosts.map(() => false));
});
