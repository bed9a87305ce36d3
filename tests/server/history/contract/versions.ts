import { assertEquals } from "@std/assert";
import type { Draft, HistoryLog } from "../../../../server/history/mod.ts";
import type { Requirement } from "./requirement.ts";
import { draft, fill, fromTo, offsetsOf, read, START_MS, texts } from "./requirement.ts";

/** A draft that describes this version of something; it says which. */
function versioned(channel: string, number: number, epoch = ""): Draft {
  return { ...draft(channel, `${number}${epoch}`), version: { number, epoch } };
}

async function kindsOf(log: HistoryLog, drafts: readonly Draft[]): Promise<string[]> {
  return (await log.append(drafts)).map(({ kind }) => kind);
}

/** An older state is not stored behind a newer one. */
export const VERSIONS: readonly Requirement[] = [
  {
    name: "stores a draft only if its version is newer than the last",
    async prove(log) {
      for (const number of [3, 2, 3, 4, 1, 10]) await log.append([versioned("a", number)]);
      assertEquals(texts(await read(log, "a")), ["3", "4", "10"]);
    },
  },
  {
    name: "answers a stale version with the top, and uses no offset for it",
    async prove(log) {
      await log.append([versioned("a", 3), draft("a", "other")]);
      const { top: position } = await read(log, "a");
      assertEquals(await log.append([versioned("a", 3)]), [{ kind: "stale", position }]);
      assertEquals((await read(log, "a")).top, position);
      assertEquals(offsetsOf(await log.append([versioned("a", 4)])), [3]);
    },
  },
  {
    name: "compares versions within one batch",
    async prove(log) {
      const drafts = [2, 1, 2, 3, 3].map((number) => versioned("a", number));
      const outcomes = await log.append(drafts);
      const { epoch } = (await read(log, "a")).top;
      assertEquals(outcomes, [
        { kind: "stored", position: { epoch, offset: 1 } },
        { kind: "stale", position: { epoch, offset: 1 } },
        { kind: "stale", position: { epoch, offset: 1 } },
        { kind: "stored", position: { epoch, offset: 2 } },
        { kind: "stale", position: { epoch, offset: 2 } },
      ]);
    },
  },
  {
    name: "takes a version of another epoch for newer",
    async prove(log) {
      const drafts = [
        versioned("a", 9, "x"),
        versioned("a", 1, "y"),
        versioned("a", 1, "y"),
        versioned("a", 2, "x"),
        versioned("a", 1),
        versioned("a", 1, "X"),
      ];
      const expected = ["stored", "stored", "stale", "stored", "stored", "stored"];
      assertEquals(await kindsOf(log, drafts), expected);
    },
  },
  {
    name: "compares the versions of each channel by itself",
    async prove(log) {
      await log.append([versioned("a", 5)]);
      assertEquals(await kindsOf(log, [versioned("b", 1), versioned("a", 1)]), ["stored", "stale"]);
    },
  },
  {
    name: "stores a draft without a version, or of version 0, and remembers the last one",
    async prove(log) {
      const drafts = [versioned("a", 5), draft("a", "none"), versioned("a", 0), versioned("a", 5)];
      assertEquals(await kindsOf(log, drafts), ["stored", "stored", "stored", "stale"]);
    },
  },
  {
    name: "tells versions apart as far as numbers go",
    async prove(log) {
      const numbers = [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER, 2 ** 60, 2 ** 63];
      const drafts = numbers.map((number) => versioned("a", number));
      assertEquals(await kindsOf(log, drafts), drafts.map(() => "stored"));
      assertEquals(await kindsOf(log, drafts), drafts.map(() => "stale"));
    },
  },
  {
    name: "remembers a version when its publication is not kept any more",
    retention: { size: 2 },
    async prove(log, { clock, kept }) {
      kept.set("b", { size: 0 });
      await log.append([versioned("a", 5), versioned("b", 5)]);
      await fill(log, "a", { count: 1_000 });
      clock.now = START_MS + 3_600_000_000;
      const drafts = [versioned("a", 5), versioned("b", 5), versioned("b", 6)];
      assertEquals(await kindsOf(log, drafts), ["stale", "stale", "stored"]);
    },
  },
  {
    name: "tells a repeat from a stale version, and remembers no key of a stale draft",
    async prove(log) {
      const keyed = (number: number, key: string): Draft => ({
        ...versioned("a", number),
        idempotency: { key, digest: `${number}` },
      });
      const drafts = [keyed(5, "k"), keyed(5, "k"), keyed(4, "k"), keyed(4, "l"), keyed(6, "l")];
      const expected = ["stored", "repeated", "conflict", "stale", "stored"];
      assertEquals(await kindsOf(log, drafts), expected);
    },
  },
  {
    name: "remembers the versions of many channels",
    async prove(log) {
      const drafts = fromTo(1, 500).map((number) => versioned(`room:${number}`, number));
      await log.append(drafts);
      assertEquals(await kindsOf(log, drafts), drafts.map(() => "stale"));
    },
  },
];
