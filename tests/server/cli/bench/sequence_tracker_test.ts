import { assertEquals } from "@std/assert";
import { SequenceTracker } from "../../../../server/cli/bench/sequence_tracker.ts";

/** How one publisher's messages arrive. */
function arrivals(...sequences: readonly number[]): string[] {
  const tracker = new SequenceTracker(1);
  return sequences.map((sequence) => tracker.take(0, sequence));
}

Deno.test("SequenceTracker takes numbers from 0 up for messages in order", () => {
  assertEquals(arrivals(0, 1, 2), ["next", "next", "next"]);
});

Deno.test("SequenceTracker tells a message that came before from one that comes late", () => {
  assertEquals(arrivals(0, 2, 1, 1, 2), ["next", "next", "late", "repeated", "repeated"]);
});

Deno.test("SequenceTracker remembers what is left of a gap, on both sides", () => {
  const late = arrivals(5, 2, 0, 4, 1, 3).slice(1);
  assertEquals(late, ["late", "late", "late", "late", "late"]);
  assertEquals(arrivals(5, 2, 2, 0, 0, 1, 1, 4, 4, 3, 3).slice(1), [
    ...["late", "repeated", "late", "repeated", "late", "repeated"],
    ...["late", "repeated", "late", "repeated"],
  ]);
});

Deno.test("SequenceTracker keeps publishers apart", () => {
  const tracker = new SequenceTracker(2);
  const arrived = [[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]].map(([slot = 0, sequence = 0]) =>
    tracker.take(slot, sequence)
  );
  assertEquals(arrived, ["next", "next", "next", "late", "repeated"]);
});

Deno.test("SequenceTracker forgets the oldest of more than 64 gaps", () => {
  const tracker = new SequenceTracker(1);
  for (let sequence = 1; sequence <= 131; sequence += 2) tracker.take(0, sequence);
  assertEquals([0, 2, 4, 130].map((each) => tracker.take(0, each)), [
    ...["repeated", "repeated", "late", "late"],
  ]);
});
