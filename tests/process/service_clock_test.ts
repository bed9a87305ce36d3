import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { runFlags } from "../../scripts/compile/run_flags.ts";
import { capture } from "../../scripts/subprocess.ts";

/** What the server could tell the time by, run with the server's own permissions. */
const CLOCKS = `
  import process from "node:process";
  const refused = (read) => { try { read(); return false; } catch (error) { return error.name; } };
  console.log(JSON.stringify({
    hrtimeS: Number(process.hrtime.bigint()) / 1e9,
    performanceS: performance.now() / 1e3,
    uptimeFile: refused(() => Deno.readTextFileSync("/proc/uptime")),
    osUptime: refused(() => Deno.osUptime()),
  }));
`;

Deno.test("a service cannot give MONOTONIC_USEC: no clock of the runtime counts from boot", async () => {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, CLOCKS);
    const flags = runFlags(config.tasks.start.command, "main.ts");
    const { stdout, stderr } = await capture([Deno.execPath(), "run", ...flags, path]);
    assert(stdout.startsWith("{"), stderr);
    const clocks = JSON.parse(stdout);
    const { stdout: uptime } = await capture(["cat", "/proc/uptime"]);
    const upS = Number(uptime.split(" ")[0]);
    assert(clocks.hrtimeS < upS / 2, `hrtime counts ${clocks.hrtimeS} s, the machine ${upS} s`);
    assert(clocks.performanceS < upS / 2, `${clocks.performanceS} s`);
    // The day one of these can be had, RELOADING=1 should carry it: Type=notify-reload asks for it.
    assertEquals([clocks.uptimeFile, clocks.osUptime], ["NotCapable", "NotCapable"]);
  } finally {
    await Deno.remove(path);
  }
});
