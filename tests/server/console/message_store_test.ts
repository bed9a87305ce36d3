import { assertEquals } from "@std/assert";
import { MessageStore } from "../../../server/console/message_store.js";
import { Sequence } from "../../../server/console/sequence.js";
import { range } from "../../helpers/wait.ts";

interface Item {
  readonly offset: number;
  readonly raw: string;
  readonly form: string;
}

function item(offset: number, raw = `message ${offset}`): Item {
  return { offset, raw, form: "text" };
}

function offsets(store: MessageStore): number[] {
  return range(store.size).map((index) => store.at(index).offset);
}

Deno.test("MessageStore keeps the newest, and counts what it dropped", () => {
  const store = new MessageStore({ max: 3 });
  const dropped = range(5).map((index) => store.add(item(index + 1)));
  assertEquals([dropped, offsets(store), store.dropped], [[0, 0, 0, 1, 1], [3, 4, 5], 2]);
  assertEquals([store.oldest.offset, store.isFull], [3, true]);
});

Deno.test("MessageStore stays right over many times its size", () => {
  const store = new MessageStore({ max: 100 });
  for (const index of range(50_000)) store.add(item(index + 1));
  assertEquals([store.total, store.at(0).offset, store.at(99).offset], [100, 49_901, 50_000]);
});

Deno.test("MessageStore holds as many characters as it may, however few messages those are", () => {
  const store = new MessageStore();
  const raw = "x".repeat(16 * 1_024 * 1_024);
  for (const index of range(6)) store.add(item(index + 1, raw));
  assertEquals(offsets(store), [3, 4, 5, 6]);
});

Deno.test("MessageStore takes older ones only as far as their characters have room", () => {
  const store = new MessageStore();
  const raw = "x".repeat(16 * 1_024 * 1_024);
  store.add(item(9, raw));
  assertEquals(store.prepend(range(6).map((index) => item(index + 3, raw))), 3);
  assertEquals([offsets(store), store.isFull], [[6, 7, 8, 9], true]);
  assertEquals([store.prepend([item(5, "x")]), store.add(item(10, ""))], [0, 0]);
  assertEquals(offsets(store), [6, 7, 8, 9, 10]);
});

Deno.test("MessageStore shows what matches, also of what comes and goes later", () => {
  const store = new MessageStore({ max: 4 });
  for (const offset of [1, 2, 3]) store.add(item(offset, offset % 2 ? "Odd" : "even"));
  store.filter("ODD");
  assertEquals(offsets(store), [1, 3]);
  assertEquals([store.add(item(4, "even")), store.add(item(5, "odd"))], [0, 1]);
  assertEquals(offsets(store), [3, 5]);
  store.filter("#4");
  assertEquals(offsets(store), [4]);
  store.filter("");
  assertEquals(offsets(store), [2, 3, 4, 5]);
});

Deno.test("MessageStore takes older ones before the others, as many as there is room for", () => {
  const store = new MessageStore({ max: 4 });
  store.add(item(5));
  store.add(item(6));
  const last = store.at(1);
  assertEquals(store.prepend([item(2), item(3), item(4)]), 2);
  assertEquals([offsets(store), store.indexOf(last.seq)], [[3, 4, 5, 6], 3]);
  assertEquals([store.bySeq(last.seq) === last, store.countUntil(last.seq - 1)], [true, 3]);
});

Deno.test("MessageStore.clear forgets everything and goes on", () => {
  const store = new MessageStore();
  store.add(item(1));
  store.clear();
  assertEquals([store.total, store.oldest], [0, undefined]);
  store.add(item(2));
  assertEquals(offsets(store), [2]);
});

Deno.test("Sequence counts neither gap nor repeat where all come once", () => {
  const sequence = new Sequence();
  sequence.place("e", 10);
  assertEquals([11, 12, 13].map((offset) => sequence.take(offset)), [0, 0, 0]);
  assertEquals([sequence.missing, sequence.repeated, sequence.received], [0, 0, 3]);
});

Deno.test("Sequence counts what is missing and what comes again", () => {
  const sequence = new Sequence();
  sequence.place("e", 0);
  assertEquals([1, 4, 4, 2, 5].map((offset) => sequence.take(offset)), [0, 2, -1, -1, 0]);
  assertEquals([sequence.missing, sequence.repeated, sequence.offset], [2, 2, 5]);
});

Deno.test("Sequence goes on where it stands after a recovery, and tells what a reset has lost", () => {
  const sequence = new Sequence();
  sequence.place("e", 0);
  sequence.take(1);
  assertEquals([sequence.place("e", 1), sequence.take(2)], [0, 0]);
  assertEquals([sequence.place("e", 9), sequence.missing], [7, 7]);
  assertEquals([sequence.place("f", 3), sequence.missing, sequence.take(4)], [0, 7, 0]);
});
