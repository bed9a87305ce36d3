/**
 * What the program may do on its machine: the executable carries its permissions within it, and the
 * flags of the start task refuse the rest to whatever runs under them.
 */
import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { runFlags } from "../../scripts/compile/run_flags.ts";
import { ROOT } from "../helpers/midgard.ts";

const VARIABLES = ["MIDGARD_*", "NO_COLOR", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/** What is in the executable, as the compiler wrote it: an empty list allows all, null nothing. */
async function embeddedPermissions(): Promise<Record<string, unknown>> {
  const bytes = await Deno.readFile(`${ROOT}midgard`);
  // The metadata is text, and all of it ASCII: one character a byte.
  const text = new TextDecoder("latin1").decode(bytes);
  const found = [...text.matchAll(/"permissions":(\{"allow_[^{}]*\})/g)];
  assertEquals(found.length, 1, "places with permissions in the executable");
  return JSON.parse(found[0]![1]!);
}

Deno.test("the executable may not run programs, load libraries or ask for more", async () => {
  const permissions = await embeddedPermissions();
  const { allow_env, allow_net, allow_read, allow_write, prompt } = permissions;
  assertEquals({ allow_env, allow_net, allow_read, allow_write, prompt }, {
    ...{ allow_env: VARIABLES, allow_net: [], allow_read: [], allow_write: [], prompt: false },
  });
  for (const name of ["allow_run", "allow_ffi", "allow_sys"]) {
    assertEquals(permissions[name], null, name);
  }
});

/** Does what it should not be able to, and says how each ends. */
const PROBE = `
const attempts = {
  run: () => new Deno.Command("true").outputSync(),
  ffi: () => Deno.dlopen("libc.so.6", {}),
  sys: () => Deno.hostname(),
  env: () => Deno.env.get("HOME"),
  "all of env": () => Deno.env.toObject(),
  proc: () => Deno.readTextFileSync("/proc/self/environ"),
  "env of MIDGARD": () => Deno.env.get("MIDGARD_PORT"),
};
for (const [name, attempt] of Object.entries(attempts)) {
  try { attempt(); console.log(name + ": allowed"); } catch (error) { console.log(name + ": " + error.name); }
}
`;

Deno.test("the flags of the start task refuse programs, libraries and the system", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script = `${folder}/probe.js`;
    await Deno.writeTextFile(script, PROBE);
    const flags = runFlags(config.tasks.start.command, "main.ts");
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, script],
      stdin: "null",
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assertEquals(lines, [
      ...["run", "ffi", "sys", "env", "all of env", "proc"].map((name) => `${name}: NotCapable`),
      "env of MIDGARD: allowed",
    ], new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the flags of the start task are no more than the server needs", () => {
  const flags = runFlags(config.tasks.start.command, "main.ts");
  const wide = flags.filter((flag) => !flag.includes("="));
  assertEquals(wide, [
    ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write"],
    ...["--unstable-net", "--unstable-no-legacy-abort"],
  ]);
  assert(flags.includes(`--allow-env=${VARIABLES.join(",")}`));
});
