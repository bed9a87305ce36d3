import { assertEquals } from "@std/assert";
import type { Appended, Draft } from "../../../../server/history/mod.ts";
import { IDEMPOTENCY_TTL_MS, MAX_GROUP } from "../../../../server/history/mod.ts";
import type { Requirement } from "./requirement.ts";
import { draft, fill, fromTo, offsets, read, START_MS, texts } from "./requirement.ts";

/** A group that says "1", "2" and so on; under `key`, its digest is its size. */
export function group(channel: string, size: number, key?: string): Draft[] {
  return fromTo(1, size).map((number) => ({
    ...draft(channel, number),
    ...(number > 1 && { isWithPrevious: true }),
    ...(number === 1 && key !== undefined && { idempotency: { key, digest: `${size}` } }),
  }));
}

/** It with these versions, in their order; 0 is none. */
function versioned(drafts: readonly Draft[], numbers: readonly number[]): Draft[] {
  return drafts.map((each, index) => ({
    ...each,
    version: { number: numbers[index] ?? 0, epoch: "" },
  }));
}

/** Kind and offset of each, as `stored 1`. */
export function told(outcomes: readonly Appended[]): string[] {
  return outcomes.map((each) =>
    each.kind === "failed" || each.kind === "conflict"
      ? each.kind
      : `${each.kind} ${each.position.offset}`
  );
}

function all(kind: string, first: number, last: number): string[] {
  return fromTo(first, last).map((offset) => `${kind} ${offset}`);
}

/** What stands together is stored together, under one key. */
export const GROUPS: readonly Requirement[] = [
  {
    name: "stores a group one behind the other, and a repeat of it not at all",
    async prove(log) {
      await fill(log, "a", { count: 2 });
      const first = await log.append(group("a", 3, "k"));
      const { top } = await read(log, "a");
      assertEquals(told(first), all("stored", 3, 5));
      assertEquals(await log.append(group("a", 3, "k")), [
        { kind: "repeated", position: { epoch: top.epoch, offset: 3 } },
        { kind: "repeated", position: { epoch: top.epoch, offset: 4 } },
        { kind: "repeated", position: { epoch: top.epoch, offset: 5 } },
      ]);
      assertEquals(texts(await read(log, "a")), ["1", "2", "1", "2", "3"]);
    },
  },
  {
    name: "tells groups in one batch apart, among each other and among single drafts",
    async prove(log) {
      const batch = [
        ...group("a", 2, "k"),
        draft("a", "single"),
        ...group("b", 2, "k"),
        ...group("a", 2, "k"),
        ...group("a", 2, "l"),
        ...group("a", 2),
        ...group("a", 2),
      ];
      const expected = [
        ...[...all("stored", 1, 2), "stored 3"],
        ...all("stored", 1, 2),
        ...all("repeated", 1, 2),
        ...[...all("stored", 4, 5), ...all("stored", 6, 7), ...all("stored", 8, 9)],
      ];
      assertEquals(told(await log.append(batch)), expected);
      assertEquals(offsets(await read(log, "a")), fromTo(1, 9));
    },
  },
  {
    name: "stores what is missing where some of the groups were stored before",
    async prove(log) {
      await log.append([...group("a", 3, "k 0"), draft("a", "other")]);
      const batch = [...group("a", 3, "k 0"), ...group("a", 3, "k 1"), ...group("a", 2, "k 2")];
      const expected = [...all("repeated", 1, 3), ...all("stored", 5, 9)];
      assertEquals(told(await log.append(batch)), expected);
      const again = [...all("repeated", 1, 3), ...all("repeated", 5, 9)];
      assertEquals(told(await log.append(batch)), again);
      assertEquals((await read(log, "a")).top.offset, 9);
    },
  },
  {
    name: "refuses the whole of a group whose key was used for another one",
    async prove(log) {
      await log.append(group("a", 2, "k"));
      const conflicts = fromTo(1, 3).map((): Appended => ({ kind: "conflict" }));
      assertEquals(await log.append(group("a", 3, "k")), conflicts);
      assertEquals(await log.append(group("a", 1, "k")), [{ kind: "conflict" }]);
      assertEquals(told(await log.append([draft("a", "next")])), ["stored 3"]);
    },
  },
  {
    name: "stores nothing of a group in which one draft is stale, and remembers no key of it",
    async prove(log) {
      await log.append(versioned([draft("a", "newest")], [5]));
      const stale = versioned(group("a", 3, "k"), [6, 5, 0]);
      assertEquals(told(await log.append(stale)), ["stale 1", "stale 1", "stale 1"]);
      assertEquals(told(await log.append(versioned(group("a", 2), [0, 5]))), [
        "stale 1",
        "stale 1",
      ]);
      const newer = versioned(group("a", 3, "k"), [6, 0, 7]);
      assertEquals(told(await log.append(newer)), all("stored", 2, 4));
      assertEquals(told(await log.append(newer)), all("repeated", 2, 4));
      assertEquals(told(await log.append(versioned([draft("a", "late")], [7]))), ["stale 4"]);
    },
  },
  {
    name: "compares the versions within a group",
    async prove(log) {
      assertEquals(told(await log.append(versioned(group("a", 3), [1, 0, 1]))), [
        ...["stale 0", "stale 0", "stale 0"],
      ]);
      assertEquals(
        told(await log.append(versioned(group("a", 3), [1, 0, 2]))),
        all("stored", 1, 3),
      );
    },
  },
  {
    name: "takes a group of one draft for that draft",
    async prove(log) {
      const [alone] = group("a", 1, "k");
      assertEquals(told(await log.append(group("a", 1, "k"))), ["stored 1"]);
      assertEquals(told(await log.append(alone === undefined ? [] : [alone])), ["repeated 1"]);
    },
  },
  {
    name: "takes the first draft of a batch for the beginning of a group, whatever it says",
    async prove(log) {
      assertEquals(told(await log.append(group("a", 3).slice(1))), all("stored", 1, 2));
    },
  },
  {
    name: "stores and repeats the largest group",
    retention: { size: 10 },
    async prove(log) {
      await log.append(group("a", 100));
      const largest = group("a", MAX_GROUP, "k");
      assertEquals(told(await log.append(largest)), all("stored", 101, 1_100));
      assertEquals(told(await log.append(largest)), all("repeated", 101, 1_100));
      assertEquals(offsets(await read(log, "a")), fromTo(1_091, 1_100));
    },
  },
  {
    name: "remembers a group where nothing is kept, and forgets it in time",
    retention: { size: 0 },
    async prove(log, { clock }) {
      await log.append(group("a", 3, "k"));
      clock.now = START_MS + IDEMPOTENCY_TTL_MS - 1;
      assertEquals(told(await log.append(group("a", 3, "k"))), all("repeated", 1, 3));
      clock.now = START_MS + IDEMPOTENCY_TTL_MS;
      assertEquals(told(await log.append(group("a", 2, "k"))), all("stored", 4, 5));
    },
  },
];
