import { assert, assertEquals } from "@std/assert";
import { loadConfig } from "../../../server/config/mod.ts";
import { inputs, problem, problems } from "./loading.ts";

Deno.test("loadConfig says of a wrong value its flag, the rule and the value", async () => {
  assertEquals(
    await problem({ args: ["--port", "eighty"] }),
    'Cannot start as "--port" must be a whole number from 0 to 65535: current value is "eighty"',
  );
});

Deno.test("loadConfig says of a wrong value its variable", async () => {
  assertEquals(
    await problem({ env: { MIDGARD_LOG_LEVEL: "loud" } }),
    'Cannot start as "MIDGARD_LOG_LEVEL" must be one of debug, info, warning, error: ' +
      'current value is "loud"',
  );
});

Deno.test("loadConfig lists every wrong value at once, each with its source", async () => {
  const found = await problems({
    args: ["--port", "-1x", "--close-timeout", "soon", "--unheard-of"],
    env: { MIDGARD_HISTORY_SIZE: "many", MIDGARD_STOP_TIMEOUT: "5" },
  });
  const sources = ["--port", "--close-timeout", "--unheard-of", "MIDGARD_HISTORY_SIZE"];
  for (const source of [...sources, "MIDGARD_STOP_TIMEOUT"]) {
    assert(found.some((one) => one.includes(`"${source}"`)), `${source} is not in ${found}`);
  }
});

for (
  const flag of [
    "--host",
    "--port",
    "--data",
    "--public",
    "--allow-origin",
    "--stop-timeout",
    "--log-level",
  ]
) {
  Deno.test(`loadConfig refuses ${flag} without a value`, async () => {
    assert((await problem({ args: [flag] })).includes(`"${flag}" must be`));
  });
}

for (const duration of ["5", "1w", "-5", "soon", "5 s", "1e9s"]) {
  Deno.test(`loadConfig refuses a timeout of ${duration}`, async () => {
    const [found = ""] = await problems({ args: [`--stop-timeout=${duration}`] });
    assert(found.includes('"--stop-timeout" must be a duration'), found);
  });
}

Deno.test("loadConfig refuses a flag that it does not know", async () => {
  assertEquals(
    await problem({ args: ["--frobnicate", "1"] }),
    'Cannot start as "--frobnicate" is not an option: see midgard --help',
  );
});

for (
  const [given, meant] of [
    ["--por", "--port"],
    ["--close", "--close-timeout"],
    ["--ports", "--port"],
    ["--port-number", "--port"],
    ["--drain-win", "--drain-window"],
    ["-p", "--port"],
  ] as const
) {
  Deno.test(`loadConfig suggests ${meant} for ${given}`, async () => {
    const [found = ""] = await problems({ args: [given, "1"] });
    assert(found.endsWith(`is not an option: did you mean ${meant}`), found);
  });
}

for (const flag of ["--__proto__", "--constructor", "--toString", "--host.name", "--no-port"]) {
  Deno.test(`loadConfig refuses ${flag}`, async () => {
    assert((await problem({ args: [flag, "1"] })).includes(`"${flag}" is not an option`));
  });
}

for (const argument of ["serve", "9000", ""]) {
  Deno.test(`loadConfig refuses the argument ${JSON.stringify(argument)}`, async () => {
    assertEquals(
      await problem({ args: [argument] }),
      `Cannot start as "${argument}" is not an option`,
    );
  });
}

Deno.test("loadConfig refuses a flag that is given twice, unless it is a list", async () => {
  const [found = ""] = await problems({ args: ["--host", "127.0.0.1", "--host", "127.0.0.1"] });
  assertEquals(found, 'Cannot start as "--host" must be given once: it is given 2 times');
});

for (
  const args of [
    ["--drain-delay", "6s"],
    ["--drain-window", "6s"],
    ["--close-timeout", "9s"],
    ["--stop-timeout", "2s"],
    ["--drain-delay", "2s", "--drain-window", "3001ms"],
  ]
) {
  Deno.test(`loadConfig refuses a stop that cannot be in time: ${args.join(" ")}`, async () => {
    const found = await problem({ args });
    assert(found.startsWith('Cannot start as "--stop-timeout" must be at least'), found);
  });
}

Deno.test("loadConfig shows the sum that does not fit", async () => {
  const args = ["--drain-delay", "4s", "--drain-window", "2s", "--stop-timeout", "8500ms"];
  const sum = "(4s + 2s + 3s = 9s): current value is 8500ms";
  assert((await problem({ args })).endsWith(sum), await problem({ args }));
});

Deno.test("loadConfig takes a stop that is just in time", async () => {
  assertEquals(await problems({ args: ["--drain-delay", "2s", "--drain-window", "3s"] }), []);
});

Deno.test("loadConfig lists every combination that cannot work at once", async () => {
  const found = await problems({ args: ["--host", "0.0.0.0", "--stop-timeout", "1s"] });
  assertEquals(found.length, 2);
});

Deno.test("loadConfig suggests a flag with two letters swapped", async () => {
  assert((await problem({ args: ["--prot", "1"] })).endsWith("did you mean --port"));
});

Deno.test("loadConfig does not take a value for the switch of that name", async () => {
  assertEquals(await problems({ args: ["--public", "anonymous"] }), []);
});

for (const word of ["0", "no", "off", "nonsense"]) {
  Deno.test(`loadConfig does not let everybody in by --anonymous=${word}`, async () => {
    const result = await loadConfig(inputs({ args: [`--anonymous=${word}`, "--host", "0.0.0.0"] }));
    assertEquals(result.kind, "refused");
  });
}

Deno.test("loadConfig refuses what stands after --", async () => {
  assertEquals((await problems({ args: ["--", "--frobnicate"] })).length, 1);
});

Deno.test("loadConfig says that a flag with an empty value needs one", async () => {
  assert(
    (await problem({ args: ["--port="] })).includes('"--port" must be a whole number'),
    await problem({ args: ["--port="] }),
  );
});

Deno.test("loadConfig names one mistake once", async () => {
  assertEquals((await problems({ args: ["--port", "1", "--port", "2"] })).length, 1);
});

Deno.test("loadConfig lists a combination that cannot work beside a wrong value", async () => {
  const found = await problems({
    args: ["--port", "eighty", "--host", "0.0.0.0", "--stop-timeout", "1s"],
  });
  assertEquals(found.length, 3);
});

Deno.test("loadConfig names the variable of a stop that cannot be in time", async () => {
  assert((await problem({ env: { MIDGARD_STOP_TIMEOUT: "1s" } })).includes("MIDGARD_STOP_TIMEOUT"));
});

Deno.test("loadConfig refuses an origin that no browser would send", async () => {
  for (const origin of ["example.com", "https://example.com/", "https://example.com/path"]) {
    assertEquals((await problems({ args: ["--allow-origin", origin] })).length, 1, origin);
  }
});
