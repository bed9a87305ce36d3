import { assert, assertEquals, assertObjectMatch } from "@std/assert";
import { BenchProcess } from "../helpers/bench_process.ts";
import type { Fault, Treatment } from "../helpers/faulty_server.ts";
import { FaultyServer } from "../helpers/faulty_server.ts";

async function benchOf(fault: Fault, ...args: string[]) {
  await using server = new FaultyServer(fault);
  await using bench = new BenchProcess({ port: server.port, args: [...args, "--json"] });
  return await bench.summary();
}

/** One message in the middle is treated otherwise than the rest. */
function one(treatment: Treatment): Fault {
  return { treat: (number) => number === 50 ? treatment : "deliver" };
}

const ALL = ["--messages", "100", "--subscribers", "2"];

Deno.test("midgard bench of a server without a fault exits 0", async () => {
  const { code, summary } = await benchOf({}, ...ALL);
  assertEquals([code, summary.is_flawless], [0, true]);
});

for (
  const [treatment, found] of [
    ["drop", { lost: 2, repeated: 0, out_of_order: 0, delivered: 198 }],
    ["repeat", { lost: 0, repeated: 2, out_of_order: 0, delivered: 200 }],
    ["hold", { lost: 0, repeated: 0, out_of_order: 2, delivered: 200 }],
  ] as const
) {
  Deno.test(`midgard bench notices a server that does ${treatment} a message`, async () => {
    const { code, summary } = await benchOf(one(treatment), ...ALL);
    assertEquals([code, summary.is_flawless], [1, false]);
    assertObjectMatch(summary.publish, { sent: 100, acknowledged: 100 });
    assertObjectMatch(summary.delivery, found);
  });
}

Deno.test("midgard bench does not count a message that was refused as lost", async () => {
  const { code, summary } = await benchOf(one("refuse"), ...ALL);
  assertEquals([code, summary.errors], [0, { "111 too many requests": 1 }]);
  assertObjectMatch(summary.publish, { sent: 100, acknowledged: 99, refused: 1 });
  assertObjectMatch(summary.delivery, { delivered: 198, lost: 0, out_of_order: 0 });
});

Deno.test("midgard bench does not hammer on a server that forbids it to publish", async () => {
  const { code, summary } = await benchOf({ treat: () => "forbid" }, "--duration", "1h");
  assertEquals([code, summary.ending], [1, "closed"]);
  assertEquals(summary.errors, { "103 permission denied": 64 });
});

Deno.test("midgard bench waits a while for answers, and says how many did not come", async () => {
  const { code, summary } = await benchOf(one("ignore"), ...ALL);
  assertEquals([code, summary.ending], [1, "complete"]);
  assertObjectMatch(summary.publish, { sent: 100, acknowledged: 99, unanswered: 1 });
  assertEquals(summary.delivery.lost, 0);
});

Deno.test("midgard bench ends early when a server falls silent", async () => {
  const treat = (number: number) => number < 50 ? "deliver" : "ignore";
  const { code, summary } = await benchOf({ treat }, "--duration", "1h");
  assertEquals([code, summary.ending], [1, "stalled"]);
  assertObjectMatch(summary.publish, { acknowledged: 50, unanswered: 64 });
});

for (const inFlight of ["1", "1000"]) {
  Deno.test(`midgard bench counts the time in which nothing was sent: --in-flight ${inFlight}`, async () => {
    // Of 200 messages in a second, those of 600 ms cannot be answered before their end.
    const stall = { at: 20, ms: 600 };
    const args = ["--rate", "200", "--messages", "200", "--in-flight", inFlight];
    const { code, summary } = await benchOf({ stall }, ...args);
    assertEquals(code, 0);
    for (const { latency_ms } of [summary.publish, summary.delivery]) {
      const { p50 = NaN, p90 = NaN, max = NaN } = latency_ms;
      assert(p50 > 50 && p90 > 400 && max > 550, JSON.stringify(latency_ms));
    }
  });
}

Deno.test("midgard bench says how many messages it could not send at a rate", async () => {
  // The message at which the server stalls, the 51st, is answered; ten more can be under way.
  const args = ["--rate", "100", "--duration", "1s", "--in-flight", "10"];
  const { code, summary } = await benchOf({ stall: { at: 50, ms: 3_000 } }, ...args);
  assertEquals(code, 0);
  assertObjectMatch(summary.publish, { sent: 61, acknowledged: 61, unsent: 39 });
});
