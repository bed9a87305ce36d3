import { assert } from "@std/assert";
import { report } from "../../helpers/expectations.ts";
import { assertKept } from "./redis_site.ts";
import { rollingRestart } from "./rolling_restart.ts";

/** As a table of the README with 5, said to `ROLLING_ROUNDS`. */
const ROUNDS = Number(Deno.env.get("ROLLING_ROUNDS") ?? 1);

for (const kind of ["nginx", "haproxy"] as const) {
  Deno.test(`three servers behind ${kind} are restarted in turn, and nobody misses a thing`, async () => {
    const outcome = await rollingRestart({ kind, mode: "compiled", rounds: ROUNDS, clients: 300 });
    const { acknowledged, lost, repeated, deliveries, missing, repeatedToClients } = outcome;
    const { moved, refusals, unanswered } = outcome;
    const cells = [kind, 3 * ROUNDS, moved, acknowledged, refusals, unanswered, lost, repeated];
    report(`| ${[...cells, deliveries, missing, repeatedToClients].join(" | ")} |`);
    assertKept(outcome);
    assert(moved >= 100 && acknowledged > 500, "that is no load");
  });
}
