import { assertEquals } from "@std/assert";
import type { Draft } from "../../../../server/history/mod.ts";
import { IDEMPOTENCY_TTL_MS } from "../../../../server/history/mod.ts";
import type { Requirement } from "./requirement.ts";
import { draft, fill, offsets, read, repeatOf, START_MS, texts } from "./requirement.ts";

/** A draft under a key; its digest is its text. */
function keyed(channel: string, key: string, value = "value"): Draft {
  return { ...draft(channel, value), idempotency: { key, digest: `digest of ${value}` } };
}

/** A repeat is recognised. */
export const IDEMPOTENCY: readonly Requirement[] = [
  {
    name: "answers a repeated key with the position of the first and stores nothing",
    async prove(log) {
      const [first] = await log.append([keyed("a", "k")]);
      const [second] = await log.append([keyed("a", "k")]);
      const { top } = await read(log, "a");
      assertEquals(first, { kind: "stored", position: { epoch: top.epoch, offset: 1 } });
      assertEquals(second, { kind: "repeated", position: { epoch: top.epoch, offset: 1 } });
      assertEquals(offsets(await read(log, "a")), [1]);
    },
  },
  {
    name: "recognises a repeat within one batch",
    async prove(log) {
      const outcomes = await log.append([keyed("a", "k"), draft("a", "other"), keyed("a", "k")]);
      assertEquals(outcomes.map(({ kind }) => kind), ["stored", "stored", "repeated"]);
      assertEquals(texts(await read(log, "a")), ["value", "other"]);
    },
  },
  {
    name: "refuses a key that comes again with another payload, and stores nothing",
    async prove(log) {
      const outcomes = await log.append([keyed("a", "k", "one"), keyed("a", "k", "two")]);
      assertEquals(outcomes[1], { kind: "conflict" });
      assertEquals(await log.append([keyed("a", "k", "two")]), [{ kind: "conflict" }]);
      assertEquals(texts(await read(log, "a")), ["one"]);
    },
  },
  {
    name: "uses no offset for a repeat or a conflict",
    async prove(log) {
      const drafts = [keyed("a", "k"), keyed("a", "k"), keyed("a", "k", "two"), draft("a", "next")];
      const outcomes = await log.append(drafts);
      const { top } = await read(log, "a");
      assertEquals(outcomes[3], { kind: "stored", position: { epoch: top.epoch, offset: 2 } });
    },
  },
  {
    name: "remembers keys for each channel by itself, to the letter",
    async prove(log) {
      const drafts = [
        keyed("a", "k"),
        keyed("b", "k"),
        keyed("a", "K"),
        keyed("a", "k "),
        keyed("a", "x".repeat(255)),
        keyed("a", "'%_"),
      ];
      const outcomes = await log.append(drafts);
      assertEquals(outcomes.map(({ kind }) => kind), drafts.map(() => "stored"));
      const again = await log.append(drafts);
      assertEquals(again.map(({ kind }) => kind), drafts.map(() => "repeated"));
    },
  },
  {
    name: "remembers a key for as long as it says, and forgets it then",
    async prove(log, { clock }) {
      await log.append([keyed("a", "k")]);
      clock.now = START_MS + IDEMPOTENCY_TTL_MS - 1;
      assertEquals((await log.append([keyed("a", "k")])).map(({ kind }) => kind), ["repeated"]);
      clock.now = START_MS + IDEMPOTENCY_TTL_MS;
      const again = await log.append([keyed("a", "k", "another")]);
      assertEquals(again.map(({ kind }) => kind), ["stored"]);
      assertEquals((await read(log, "a")).top.offset, 2);
    },
  },
  {
    name: "does not remember a key longer because it was repeated",
    async prove(log, { clock }) {
      await log.append([keyed("a", "k")]);
      clock.now = START_MS + IDEMPOTENCY_TTL_MS - 1;
      await log.append([keyed("a", "k")]);
      clock.now = START_MS + IDEMPOTENCY_TTL_MS + 1;
      assertEquals((await log.append([keyed("a", "k")])).map(({ kind }) => kind), ["stored"]);
    },
  },
  {
    name: "remembers a key when its publication is not kept any more",
    retention: { size: 2 },
    async prove(log) {
      const [first] = await log.append([keyed("a", "k")]);
      await fill(log, "a", { count: 1_000 });
      const [again] = await log.append([keyed("a", "k")]);
      assertEquals(again, repeatOf(first));
    },
  },
];
