import { assert, assertEquals } from "@std/assert";
import { loadConfig } from "../../../server/config/mod.ts";

type Env = Readonly<Record<string, string | undefined>>;

function problems(args: readonly string[], env: Env = {}): readonly string[] {
  const result = loadConfig({ args, env });
  return result.kind === "refused" ? result.problems : [];
}

/** The only problem there is. */
function problem(args: readonly string[], env: Env = {}): string {
  const [only = "none", ...others] = problems(args, env);
  assertEquals(others, []);
  return only;
}

Deno.test("loadConfig says of a wrong value its flag, the rule and the value", () => {
  assertEquals(
    problem(["--port", "eighty"]),
    'Cannot start as "--port" must be a whole number from 0 to 65535: current value is "eighty"',
  );
});

Deno.test("loadConfig says of a wrong value its variable", () => {
  assertEquals(
    problem([], { MIDGARD_LOG_LEVEL: "loud" }),
    'Cannot start as "MIDGARD_LOG_LEVEL" must be one of debug, info, warning, error: ' +
      'current value is "loud"',
  );
});

Deno.test("loadConfig lists every wrong value at once, each with its source", () => {
  const found = problems(
    ["--port", "-1x", "--close-timeout", "soon", "--unheard-of"],
    { MIDGARD_HISTORY_SIZE: "many", MIDGARD_STOP_TIMEOUT: "5" },
  );
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
  Deno.test(`loadConfig refuses ${flag} without a value`, () => {
    assert(problem([flag]).includes(`"${flag}" must be`));
  });
}

for (const duration of ["5", "1w", "-5", "soon", "5 s", "1e9s"]) {
  Deno.test(`loadConfig refuses a timeout of ${duration}`, () => {
    const [found = ""] = problems([`--stop-timeout=${duration}`]);
    assert(found.includes('"--stop-timeout" must be a duration'), found);
  });
}

Deno.test("loadConfig refuses a flag that it does not know", () => {
  assertEquals(
    problem(["--frobnicate", "1"]),
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
  Deno.test(`loadConfig suggests ${meant} for ${given}`, () => {
    const [found = ""] = problems([given, "1"]);
    assert(found.endsWith(`is not an option: did you mean ${meant}`), found);
  });
}

for (const flag of ["--__proto__", "--constructor", "--toString", "--host.name", "--no-port"]) {
  Deno.test(`loadConfig refuses ${flag}`, () => {
    assert(problem([flag, "1"]).includes(`"${flag}" is not an option`));
  });
}

for (const argument of ["serve", "9000", ""]) {
  Deno.test(`loadConfig refuses the argument ${JSON.stringify(argument)}`, () => {
    assertEquals(problem([argument]), `Cannot start as "${argument}" is not an option`);
  });
}

Deno.test("loadConfig refuses a flag that is given twice, unless it is a list", () => {
  const [found = ""] = problems(["--host", "127.0.0.1", "--host", "127.0.0.1"]);
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
  Deno.test(`loadConfig refuses a stop that cannot be in time: ${args.join(" ")}`, () => {
    const found = problem(args);
    assert(found.startsWith('Cannot start as "--stop-timeout" must be at least'), found);
  });
}

Deno.test("loadConfig shows the sum that does not fit", () => {
  const args = ["--drain-delay", "4s", "--drain-window", "2s", "--stop-timeout", "8500ms"];
  const sum = "(4s + 2s + 3s = 9s): current value is 8500ms";
  assert(problem(args).endsWith(sum), problem(args));
});

Deno.test("loadConfig takes a stop that is just in time", () => {
  assertEquals(problems(["--drain-delay", "2s", "--drain-window", "3s"]), []);
});

Deno.test("loadConfig lists every combination that cannot work at once", () => {
  const found = problems(["--host", "0.0.0.0", "--stop-timeout", "1s"]);
  assertEquals(found.length, 2);
});

Deno.test("loadConfig suggests a flag with two letters swapped", () => {
  assert(problem(["--prot", "1"]).endsWith("did you mean --port"));
});

Deno.test("loadConfig does not take a value for the switch of that name", () => {
  assertEquals(problems(["--public", "anonymous"]), []);
});

for (const word of ["0", "no", "off", "nonsense"]) {
  Deno.test(`loadConfig does not let everybody in by --anonymous=${word}`, () => {
    const result = loadConfig({ args: [`--anonymous=${word}`, "--host", "0.0.0.0"], env: {} });
    assertEquals(result.kind, "refused");
  });
}

Deno.test("loadConfig refuses what stands after --", () => {
  assertEquals(problems(["--", "--frobnicate"]).length, 1);
});

Deno.test("loadConfig says that a flag with an empty value needs one", () => {
  assert(problem(["--port="]).includes('"--port" must be a whole number'), problem(["--port="]));
});

Deno.test("loadConfig names one mistake once", () => {
  assertEquals(problems(["--port", "1", "--port", "2"]).length, 1);
});

Deno.test("loadConfig lists a combination that cannot work beside a wrong value", () => {
  const found = problems(["--port", "eighty", "--host", "0.0.0.0", "--stop-timeout", "1s"]);
  assertEquals(found.length, 3);
});

Deno.test("loadConfig names the variable of a stop that cannot be in time", () => {
  assert(problem([], { MIDGARD_STOP_TIMEOUT: "1s" }).includes("MIDGARD_STOP_TIMEOUT"));
});

Deno.test("loadConfig refuses an origin that no browser would send", () => {
  for (const origin of ["example.com", "https://example.com/", "https://example.com/path"]) {
    assertEquals(problems(["--allow-origin", origin]).length, 1, origin);
  }
});
