import { assertEquals } from "@std/assert";
import {
  ChannelLedger,
  type LedgerReader,
  type Wrongs,
} from "../../../scripts/soak/channel_ledger.ts";
import { range } from "../../helpers/wait.ts";

const CLEAN: Wrongs = { lost: 0, repeated: 0, misordered: 0 };

/** A publication at each offset up to `count`, acknowledged with it. */
function publish(ledger: ChannelLedger, count: number): void {
  for (const index of range(count)) ledger.acknowledge(`p/${index}`, index + 1);
}

function deliver(reader: LedgerReader, offsets: readonly number[]): void {
  for (const offset of offsets) reader.deliver(offset, `p/${offset - 1}`);
}

/** A reader that was given these, of five that were acknowledged, beside one that was given all. */
function wrongsOf(offsets: readonly number[]): Wrongs {
  const ledger = new ChannelLedger("test");
  publish(ledger, 5);
  deliver(ledger.reader(), [1, 2, 3, 4, 5]);
  deliver(ledger.reader(), offsets);
  return ledger.settle(5);
}

const DELIVERIES: readonly [string, readonly number[], Wrongs][] = [
  ["what is whole", [1, 2, 3, 4, 5], CLEAN],
  ["one that was left out", [1, 2, 4, 5], { ...CLEAN, lost: 1 }],
  ["the first that was left out", [2, 3, 4, 5], { ...CLEAN, lost: 1 }],
  ["an end that did not come", [1, 2], { ...CLEAN, lost: 3 }],
  ["a reader that was given nothing", [], { ...CLEAN, lost: 5 }],
  ["one that came twice", [1, 2, 2, 3, 4, 5], { ...CLEAN, repeated: 1 }],
  ["one that came twice, later", [1, 2, 3, 4, 5, 2], { ...CLEAN, repeated: 1 }],
  ["two that changed places", [1, 3, 2, 4, 5], { ...CLEAN, misordered: 1 }],
];

for (const [name, offsets, wrongs] of DELIVERIES) {
  Deno.test(`ChannelLedger finds ${name}`, () => assertEquals(wrongsOf(offsets), wrongs));
}

Deno.test("ChannelLedger finds an acknowledged one that nobody was given", () => {
  const ledger = new ChannelLedger("test");
  const reader = ledger.reader();
  reader.deliver(1, "p/0");
  ledger.acknowledge("p/0", 1);
  ledger.acknowledge("p/1");
  assertEquals(ledger.settle(1), { ...CLEAN, lost: 1 });
});

for (const isAcknowledgedFirst of [true, false]) {
  const when = isAcknowledgedFirst ? "before" : "after";
  Deno.test(`ChannelLedger finds one elsewhere than acknowledged ${when} it was read`, () => {
    const ledger = new ChannelLedger("test");
    const reader = ledger.reader();
    if (isAcknowledgedFirst) ledger.acknowledge("p/0", 2);
    reader.deliver(1, "p/0");
    if (!isAcknowledgedFirst) ledger.acknowledge("p/0", 2);
    assertEquals(ledger.settle(1), { ...CLEAN, lost: 1 });
  });
}

Deno.test("ChannelLedger does not ask for what was never acknowledged", () => {
  const ledger = new ChannelLedger("test");
  deliver(ledger.reader(), [1, 2]);
  assertEquals(ledger.settle(2), CLEAN);
});

Deno.test("ChannelLedger finds one that is stored twice", () => {
  const ledger = new ChannelLedger("test");
  const reader = ledger.reader();
  for (const [index, id] of ["p/0", "p/1", "p/0"].entries()) reader.deliver(index + 1, id);
  assertEquals(ledger.settle(3), { ...CLEAN, repeated: 1, misordered: 1 });
});

Deno.test("ChannelLedger finds an order that is not the publisher's", () => {
  const ledger = new ChannelLedger("test");
  const reader = ledger.reader();
  for (const [index, id] of ["p/1", "q/0", "p/0"].entries()) reader.deliver(index + 1, id);
  assertEquals(ledger.settle(3), { ...CLEAN, misordered: 1 });
});

Deno.test("ChannelLedger finds an offset at which two readers were given two things", () => {
  const ledger = new ChannelLedger("test");
  ledger.reader().deliver(1, "p/0");
  ledger.reader().deliver(1, "q/0");
  assertEquals(ledger.settle(1), { ...CLEAN, misordered: 1 });
});

/** What a connection without offsets was given, in a log of five. */
function wrongsOfRun(ids: readonly string[], { isFirst = false } = {}): Wrongs {
  const ledger = new ChannelLedger("test");
  const reader = ledger.reader();
  const run = ledger.run();
  if (!isFirst) deliver(reader, [1, 2, 3, 4, 5]);
  for (const id of ids) run.deliver(id);
  run.end();
  if (isFirst) deliver(reader, [1, 2, 3, 4, 5]);
  return ledger.settle(5);
}

const RUNS: readonly [string, readonly string[], Wrongs][] = [
  ["a piece from the middle", ["p/1", "p/2", "p/3"], CLEAN],
  ["nothing", [], CLEAN],
  ["a gap", ["p/1", "p/4"], { ...CLEAN, lost: 2 }],
  ["one that came twice", ["p/1", "p/1", "p/2"], { ...CLEAN, repeated: 1 }],
  ["one that came late", ["p/2", "p/1"], { ...CLEAN, misordered: 1 }],
  ["one that nobody stored", ["p/1", "p/9"], { ...CLEAN, misordered: 1 }],
];

for (const [name, ids, wrongs] of RUNS) {
  for (const isFirst of [true, false]) {
    const order = isFirst ? "before" : "after";
    Deno.test(`ChannelLedger sees in a run ${name}, ${order} the log is known`, () => {
      assertEquals(wrongsOfRun(ids, { isFirst }), wrongs);
    });
  }
}

Deno.test("ChannelLedger forgets what everybody has, and still finds what is wrong", () => {
  const ledger = new ChannelLedger("test");
  publish(ledger, 50_000);
  const [fast, slow] = [ledger.reader(), ledger.reader()];
  const all = range(50_000).map((index) => index + 1);
  for (const offset of all) {
    deliver(fast, [offset]);
    if (offset !== 17) deliver(slow, [offset]);
  }
  assertEquals(ledger.offsetOf("p/0"), undefined, "it was to be forgotten");
  assertEquals(ledger.gaps, 1);
  deliver(fast, [3]);
  assertEquals(ledger.settle(50_000), { lost: 1, repeated: 1, misordered: 0 });
});

Deno.test("ChannelLedger counts a gap without end in bounded memory", () => {
  const ledger = new ChannelLedger("test");
  ledger.reader().deliver(1_000_001, "p/0");
  assertEquals(ledger.gaps, 10_000);
  assertEquals(ledger.settle(1_000_001).lost, 1_000_000);
});
