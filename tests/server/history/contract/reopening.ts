import { assertEquals } from "@std/assert";
import { IDEMPOTENCY_TTL_MS } from "../../../../server/history/mod.ts";
import type { Payload } from "../../../../server/publication.ts";
import { group, told } from "./groups.ts";
import type { Requirement } from "./requirement.ts";
import {
  draft,
  fill,
  fromTo,
  offsets,
  offsetsOf,
  read,
  repeatOf,
  START_MS,
} from "./requirement.ts";

const PAYLOADS: readonly Payload[] = [
  { kind: "json", text: '{"b":1.0,"a":2}' },
  { kind: "text", text: "before\0after" },
  { kind: "binary", bytes: new Uint8Array(fromTo(0, 255)) },
];

/** What a durable log keeps over a restart. */
export const REOPENING: readonly Requirement[] = [
  {
    name: "keeps publications over a restart, byte for byte",
    async prove(log, { reopen }) {
      const drafts = PAYLOADS.map((payload) => ({ channel: "a", payload, time: START_MS }));
      await log.append(drafts);
      const before = await read(log, "a");
      assertEquals(await read(await reopen(), "a"), before);
    },
  },
  {
    name: "keeps info and tags over a restart, to the letter",
    async prove(log, { reopen }) {
      const info = { user: "a\0b", client: "c", connInfo: '{"b":1.0,"a":2}' };
      await log.append([{ ...draft("a", 1), info, tags: { t: "1\0" } }, draft("a", 2)]);
      const before = await read(log, "a");
      assertEquals(before.publications[0]?.info, info);
      assertEquals(await read(await reopen(), "a"), before);
    },
  },
  {
    name: "goes on counting after a restart, in the same epoch",
    async prove(log, { reopen }) {
      await fill(log, "a", { count: 3 });
      const { top } = await read(log, "a");
      const again = await reopen();
      const [outcome] = await again.append([draft("a", 4)]);
      assertEquals(outcome, { kind: "stored", position: { epoch: top.epoch, offset: 4 } });
    },
  },
  {
    name: "tells tops and usage after a restart without being read first",
    async prove(log, { reopen }) {
      await fill(log, "a", { count: 3 });
      await fill(log, "b", { count: 5 });
      const again = await reopen();
      assertEquals((await again.tops(["b", "a", "c"])).map(({ offset }) => offset), [5, 3, 0]);
      assertEquals(again.usage().channels, 2);
    },
  },
  {
    name: "goes on counting after a restart when everything had grown too old before it",
    retention: { ttlMs: 1_000 },
    async prove(log, { clock, reopen }) {
      await fill(log, "a", { count: 7 });
      const { top } = await read(log, "a");
      clock.now = START_MS + 3_600_000;
      const again = await reopen();
      assertEquals(await read(again, "a"), { top, publications: [], hasMore: false });
      assertEquals(offsetsOf(await again.append([draft("a", 8, clock.now)])), [8]);
    },
  },
  {
    name: "goes on counting after a restart when it keeps nothing",
    retention: { size: 0 },
    async prove(log, { reopen }) {
      await fill(log, "a", { count: 7 });
      const again = await reopen();
      assertEquals(offsetsOf(await again.append([draft("a", 8)])), [8]);
    },
  },
  {
    name: "applies the retention that it is opened with",
    retention: { size: 100 },
    async prove(log, { reopen }) {
      await fill(log, "a", { count: 50 });
      const smaller = await reopen({ size: 10 });
      assertEquals(offsets(await read(smaller, "a")), fromTo(41, 50));
      const nothing = await reopen({ size: 0 });
      assertEquals(offsets(await read(nothing, "a")), []);
      assertEquals(offsetsOf(await nothing.append([draft("a", 51)])), [51]);
    },
  },
  {
    name: "hands out no publication twice or late when nothing was kept for a while",
    retention: { size: 100 },
    async prove(log, { reopen }) {
      await fill(log, "a", { count: 5 });
      const nothing = await reopen({ size: 0 });
      await fill(nothing, "a", { count: 5 });
      const again = await reopen({ size: 100 });
      await fill(again, "a", { count: 2 });
      const { publications, top } = await read(again, "a", { since: 10, limit: 100 });
      assertEquals(publications.map(({ offset }) => offset), [11, 12]);
      assertEquals(top.offset, 12);
    },
  },
  {
    name: "remembers idempotency keys over a restart, and forgets them in time",
    async prove(log, { clock, reopen }) {
      const keyed = { ...draft("a", 1), idempotency: { key: "k", digest: "d" } };
      const [first] = await log.append([keyed]);
      const again = await reopen();
      assertEquals(await again.append([keyed]), [repeatOf(first)]);
      clock.now = START_MS + IDEMPOTENCY_TTL_MS;
      const later = await reopen();
      assertEquals(offsetsOf(await later.append([keyed])), [2]);
    },
  },
  {
    name: "remembers groups over a restart, and forgets them in time",
    async prove(log, { clock, reopen }) {
      await log.append([draft("a", "before"), ...group("a", 3, "k")]);
      const again = await reopen();
      const outcomes = await again.append([...group("a", 3, "k"), ...group("a", 2, "l")]);
      const expected = ["repeated 2", "repeated 3", "repeated 4", "stored 5", "stored 6"];
      assertEquals(told(outcomes), expected);
      clock.now = START_MS + IDEMPOTENCY_TTL_MS;
      const later = await reopen();
      assertEquals(told(await later.append(group("a", 2, "k"))), ["stored 7", "stored 8"]);
    },
  },
  {
    name: "remembers versions over a restart, also when nothing is left of the channel",
    retention: { ttlMs: 1_000 },
    async prove(log, { clock, reopen }) {
      const versioned = (number: number, epoch: string) => ({
        ...draft("a", number, clock.now),
        version: { number, epoch },
      });
      await log.append([versioned(5, "e\0f")]);
      const { top: position } = await read(log, "a");
      clock.now = START_MS + 3_600_000;
      const again = await reopen();
      assertEquals(await again.append([versioned(5, "e\0f")]), [{ kind: "stale", position }]);
      assertEquals(offsetsOf(await again.append([versioned(5, "e\0g")])), [2]);
      const last = await reopen();
      assertEquals(offsetsOf(await last.append([versioned(5, "e\0g"), versioned(6, "e\0g")])), [
        undefined,
        3,
      ]);
    },
  },
  {
    name: "keeps removed what was removed before a restart, and counts on",
    async prove(log, { reopen }) {
      await fill(log, "a", { count: 3 });
      const { top } = await read(log, "a");
      await log.remove("a");
      const again = await reopen();
      assertEquals(await read(again, "a"), { top, publications: [], hasMore: false });
      assertEquals(offsetsOf(await again.append([draft("a", 4)])), [4]);
      assertEquals(offsets(await read(await reopen(), "a")), [4]);
    },
  },
  {
    name: "keeps the epoch that it told of a channel without publications",
    async prove(log, { reopen }) {
      const { top } = await read(log, "a");
      const again = await reopen();
      assertEquals((await read(again, "a")).top, top);
    },
  },
  {
    name: "survives restart after restart",
    async prove(log, { reopen }) {
      let current = log;
      for (const offset of fromTo(1, 20)) {
        assertEquals(offsetsOf(await current.append([draft("a", offset)])), [offset]);
        current = await reopen();
      }
      assertEquals(offsets(await read(current, "a")), fromTo(1, 20));
    },
  },
];
