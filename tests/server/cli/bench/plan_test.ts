import { assertEquals } from "@std/assert";
import {
  channelOf,
  destinationOf,
  publisherSlot,
  publishersPerChannel,
} from "../../../../server/cli/bench/plan.ts";

function sizes(publishers: number, channels: number) {
  return { publishers, channels: Array.from({ length: channels }, (_, index) => `c${index}`) };
}

/** For each channel and publisher, the sequence numbers of the publishers' first messages. */
function sequencesOf(plan: ReturnType<typeof sizes>, messages: number): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (let publisher = 0; publisher < plan.publishers; publisher += 1) {
    for (let number = 0; number < messages; number += 1) {
      const { channel, sequence } = destinationOf(plan, publisher, number);
      const key = `${channel}/${publisher}`;
      found.set(key, [...found.get(key) ?? [], sequence]);
    }
  }
  return found;
}

for (const [publishers, channels] of [[1, 1], [1, 5], [3, 7], [7, 3], [4, 4], [10, 1]] as const) {
  const name = `${publishers} publishers and ${channels} channels`;

  Deno.test(`destinationOf numbers messages from 0 without a gap: ${name}`, () => {
    for (const [key, sequences] of sequencesOf(sizes(publishers, channels), 20)) {
      assertEquals(sequences, sequences.map((_, index) => index), key);
    }
  });

  Deno.test(`destinationOf leaves no channel without a publisher: ${name}`, () => {
    const used = [...sequencesOf(sizes(publishers, channels), channels).keys()];
    const found = new Set(used.map((key) => Number(key.split("/")[0])));
    assertEquals(
      [...found].toSorted((a, b) => a - b),
      sizes(0, channels).channels.map((_, i) => i),
    );
  });

  Deno.test(`publisherSlot tells the publishers of a channel apart: ${name}`, () => {
    const plan = sizes(publishers, channels);
    const slots = [...sequencesOf(plan, channels).keys()].map((key) => {
      const [channel, publisher] = key.split("/").map(Number);
      const slot = publisherSlot(plan, publisher ?? NaN);
      assertEquals(slot < publishersPerChannel(plan), true);
      return `${channel}/${slot}`;
    });
    assertEquals(new Set(slots).size, slots.length);
  });
}

Deno.test("channelOf spreads subscribers over the channels", () => {
  const plan = sizes(1, 3);
  assertEquals([0, 1, 2, 3].map((each) => channelOf(plan, each)), [0, 1, 2, 0]);
});
