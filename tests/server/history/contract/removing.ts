import { assertEquals } from "@std/assert";
import type { Requirement } from "./requirement.ts";
import { draft, fill, fromTo, offsets, offsetsOf, read, repeatOf } from "./requirement.ts";

/** A channel is emptied. */
export const REMOVING: readonly Requirement[] = [
  {
    name: "hands out nothing of a channel that was removed, and keeps its place",
    async prove(log) {
      await fill(log, "a", { count: 10 });
      const { top } = await read(log, "a");
      await log.remove("a");
      const nothing = { top, publications: [], hasMore: false };
      assertEquals(await read(log, "a"), nothing);
      assertEquals(await read(log, "a", { since: 3, limit: 5 }), nothing);
      assertEquals(await read(log, "a", { isReverse: true }), nothing);
      assertEquals(await read(log, "a", { since: 8, isReverse: true }), nothing);
      assertEquals(await log.tops(["a"]), [top]);
    },
  },
  {
    name: "goes on behind what was removed, in the same epoch",
    async prove(log) {
      await fill(log, "a", { count: 3 });
      const { top } = await read(log, "a");
      await log.remove("a");
      const [outcome] = await log.append([draft("a", 4)]);
      assertEquals(outcome, { kind: "stored", position: { epoch: top.epoch, offset: 4 } });
      await fill(log, "a", { count: 1 });
      assertEquals(offsets(await read(log, "a")), [4, 5]);
      assertEquals(offsets(await read(log, "a", { since: 1, limit: 9 })), [4, 5]);
      assertEquals(offsets(await read(log, "a", { limit: 9, isReverse: true })), [5, 4]);
      await log.remove("a");
      assertEquals(offsets(await read(log, "a")), []);
    },
  },
  {
    name: "removes one channel alone",
    async prove(log) {
      for (const channel of ["a", "b", "a:b"]) await fill(log, channel, { count: 2 });
      await log.remove("a");
      assertEquals(offsets(await read(log, "b")), [1, 2]);
      assertEquals(offsets(await read(log, "a:b")), [1, 2]);
    },
  },
  {
    name: "removes nothing of a channel that was never published to, as often as it is asked",
    async prove(log) {
      const { top } = await read(log, "a");
      for (let times = 0; times < 3; times++) await log.remove("a");
      assertEquals(await read(log, "a"), { top, publications: [], hasMore: false });
      assertEquals(log.usage().channels, 0);
      assertEquals(offsetsOf(await log.append([draft("a", 1)])), [1]);
    },
  },
  {
    name: "keeps idempotency keys and versions of what it removes",
    async prove(log) {
      const keyed = { ...draft("a", 1), idempotency: { key: "k", digest: "d" } };
      const versioned = { ...draft("a", 2), version: { number: 5, epoch: "" } };
      const [first] = await log.append([keyed, versioned]);
      await log.remove("a");
      const { top: position } = await read(log, "a");
      const outcomes = await log.append([keyed, versioned]);
      assertEquals(outcomes, [repeatOf(first), { kind: "stale", position }]);
    },
  },
  {
    name: "removes what is beyond its size too",
    retention: { size: 10 },
    async prove(log, { kept }) {
      await fill(log, "a", { count: 100 });
      await log.remove("a");
      kept.set("a", { size: 1_000 });
      await fill(log, "a", { count: 3 });
      assertEquals(offsets(await read(log, "a")), [101, 102, 103]);
    },
  },
  {
    name: "changes no page that it has handed out when it removes",
    async prove(log) {
      await fill(log, "a", { count: 10 });
      const page = await read(log, "a");
      await log.remove("a");
      await fill(log, "a", { count: 100 });
      assertEquals(offsets(page), fromTo(1, 10));
    },
  },
];
