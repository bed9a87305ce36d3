// deno-lint-ignore-file no-console -- it talks to a terminal
/**
 * Puts a server through a mixed load with stops, kills and peers that misbehave, and counts:
 * `deno task soak [--for 1h] [--compiled] [--json] [-- options of serve]`.
 *
 * All load stays on loopback and ends by itself. The exit code is 0 when nothing was lost, repeated,
 * out of order, leaked or otherwise at fault, 1 when something was, 2 for wrong options.
 *
 * @module
 */
import { type SoakOptions, soakOptions } from "./options.ts";
import { Soak } from "./soak.ts";
import { progressText, summaryOf, summaryText } from "./summary.ts";

const TELL_EVERY_MS = 10_000;

function wishOf(args: readonly string[]): SoakOptions {
  try {
    return soakOptions(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(2);
  }
}

async function main(options: SoakOptions): Promise<number> {
  await using soak = new Soak(options);
  Deno.addSignalListener("SIGINT", () => soak.interrupt());
  let before = soak.account.volume;
  const timer = setInterval(() => {
    console.error(progressText(soak, before));
    before = soak.account.volume;
  }, TELL_EVERY_MS);
  try {
    const summary = summaryOf(soak, await soak.run());
    console.log(options.isJson ? JSON.stringify(summary) : summaryText(summary));
    return summary.is_flawless ? 0 : 1;
  } finally {
    clearInterval(timer);
  }
}

const options = wishOf(Deno.args);
try {
  Deno.exit(await main(options));
} catch (error) {
  console.error(error);
  Deno.exit(1);
}
