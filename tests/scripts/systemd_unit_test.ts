import { assert, assertEquals } from "@std/assert";
import { OPTIONS } from "../../server/config/mod.ts";
import { capture } from "../../scripts/subprocess.ts";
import { report } from "../helpers/expectations.ts";
import { ROOT } from "../helpers/midgard.ts";

const UNIT = `${ROOT}scripts/systemd/midgard.service`;
const text = await Deno.readTextFile(UNIT);

/** systemd-analyze reads a unit and starts nothing. Where systemd is not installed, its tests are ignored. */
const hasSystemd = (await capture(["systemd-analyze", "--version"])).code === 0;

/** The values of a setting, in their order. */
function valuesOf(name: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1));
}

function seconds(name: string): number {
  const [value = ""] = valuesOf(name);
  assert(/^\d+s$/.test(value), `${name}=${value}`);
  return parseInt(value);
}

/** The unit with an executable that is there. */
async function withUnit(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/midgard.service`;
    await Deno.writeTextFile(path, text.replaceAll("/usr/local/bin/midgard", `${ROOT}midgard`));
    await test(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("midgard.service gives a stop more time than it takes", () => {
  assert(seconds("TimeoutStopSec") * 1_000 > OPTIONS.stopTimeoutMs.default + 1_000);
});

Deno.test("midgard.service allows more descriptors than connections", () => {
  assert(Number(valuesOf("LimitNOFILE")[0]) > OPTIONS.maxConnections.default);
});

Deno.test("midgard.service starts again what failed, and not what was told wrong options", () => {
  assertEquals(valuesOf("Restart"), ["on-failure"]);
  assertEquals(valuesOf("RestartPreventExitStatus"), ["2"]);
  assertEquals([...valuesOf("Type"), ...valuesOf("KillSignal")], ["notify", "SIGTERM"]);
});

Deno.test("midgard.service lets the server write to its own folder only, and keeps history there", () => {
  assertEquals(valuesOf("ProtectSystem"), ["strict"]);
  assertEquals(valuesOf("ReadWritePaths"), []);
  const [folder] = valuesOf("StateDirectory");
  assertEquals(valuesOf("Environment"), [`MIDGARD_DATA=/var/lib/${folder}/midgard.db`]);
});

Deno.test({
  name: "systemd finds nothing wrong with midgard.service",
  ignore: !hasSystemd,
  fn: () =>
    withUnit(async (path) => {
      const { code, stdout, stderr } = await capture(["systemd-analyze", "verify", path]);
      assertEquals([code, stdout, stderr], [0, "", ""]);
    }),
});

Deno.test({
  name: "systemd rates the exposure of midgard.service as 1.5 or better",
  ignore: !hasSystemd,
  fn: () =>
    withUnit(async (path) => {
      const { stdout } = await capture(["systemd-analyze", "security", "--offline=true", path]);
      const [, level] = /Overall exposure level for midgard.service: ([\d.]+)/.exec(stdout) ?? [];
      report(`exposure ${level} of 10`);
      assert(Number(level) <= 1.5, stdout);
    }),
});
