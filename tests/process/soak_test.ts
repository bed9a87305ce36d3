/** The soak itself, in short: that it finds nothing where nothing is wrong, and that it can fail. */
import { assert, assertEquals } from "@std/assert";
import type { SoakSummary } from "../../scripts/soak/summary.ts";
import { report } from "../helpers/expectations.ts";
import { forEachMode, type Mode, ROOT } from "../helpers/midgard.ts";

interface Soaked {
  readonly code: number;
  readonly summary: SoakSummary;
  readonly stderr: string;
}

/** Runs the task as an operator would. */
async function soak(mode: Mode, args: readonly string[]): Promise<Soaked> {
  const modes = mode === "compiled" ? ["--compiled"] : [];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "soak", "--json", ...modes, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    signal: AbortSignal.timeout(150_000),
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stderr);
  assert(code !== 2, text);
  return { code, summary: JSON.parse(decoder.decode(stdout)), stderr: text };
}

forEachMode("a soak of 20 s with a stop and a kill finds nothing wrong", async (mode) => {
  const { code, summary, stderr } = await soak(mode, ["--for", "20s"]);
  const { lost, repeated, misordered, leaked, faults } = summary;
  const clean = { lost: 0, repeated: 0, misordered: 0, leaked: 0, faults: {} };
  assertEquals({ lost, repeated, misordered, leaked, faults }, clean, stderr);
  assertEquals([code, summary.is_flawless, summary.mode], [0, true, mode]);
  const { restarts, kills, acknowledged, delivered, longest_stop_ms } = summary;
  report(
    `${mode}: ${restarts} restarts, ${kills} kills, ${acknowledged} acknowledged, ` +
      `${delivered} delivered, longest stop ${longest_stop_ms} ms`,
  );
  assert(restarts >= 1 && kills >= 1, "it was neither stopped nor killed");
  assert(summary.published >= acknowledged && acknowledged > 500, "that is no load");
  // Seven readers with a position were given each; those without were not there all the time.
  assert(delivered >= acknowledged * 7, `${delivered} delivered`);
  assert(longest_stop_ms > 0 && longest_stop_ms <= 9_000, `${longest_stop_ms} ms`);
  assert((summary.activities["recovered"] ?? 0) >= 20, "nobody has recovered");
  for (const [index, { begin, end }] of summary.lives.entries()) {
    if (Deno.build.os !== "linux") continue;
    assert(begin && end && end.residentBytes > 0 && end.descriptors > 30, `life ${index}`);
  }
  const misdeeds = Object.keys(summary.misbehaviour);
  for (const seen of ["a message that is too large: 1009", "a body that is too large: 413"]) {
    assert(misdeeds.includes(seen), `${seen} is not in ${misdeeds}`);
  }
});

Deno.test("a soak of a server that forgets what it acknowledged fails", async () => {
  const { code, summary } = await soak("source", ["--for", "10s", "--", "--data", "memory"]);
  report(JSON.stringify({ lost: summary.lost, repeated: summary.repeated, ...summary.faults }));
  assertEquals([code, summary.is_flawless], [1, false]);
  assert(summary.lost > 0, "nothing was found to be lost");
  assert(Object.keys(summary.faults).length > 0, "nobody was told that he cannot recover");
});
