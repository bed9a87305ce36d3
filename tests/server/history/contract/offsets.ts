import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Requirement } from "./requirement.ts";
import { draft, fill, fromTo, offsets, offsetsOf, read, texts } from "./requirement.ts";

/** Every printable ASCII character but the space: what a channel's name may hold. */
const NAME_CHARACTERS = fromTo(0x21, 0x7e).map((code) => String.fromCharCode(code));

const TRICKY_NAMES = [
  "a",
  "A",
  "a:b",
  "a%",
  "a_",
  "a*",
  "a?",
  "a[b]",
  "'",
  '"',
  "';--",
  "\\",
  "0",
  "00",
  "-1",
  "null",
  "__proto__",
  "constructor",
  "{a}",
  "x".repeat(255),
];

/** Offsets, outcomes, positions and names. */
export const OFFSETS: readonly Requirement[] = [
  {
    name: "gives a channel's publications offsets from 1 on, growing by one over batches",
    async prove(log) {
      const first = await log.append([draft("a", "x"), draft("a", "y")]);
      const second = await log.append([draft("a", "z")]);
      assertEquals(offsetsOf([...first, ...second]), [1, 2, 3]);
      assertEquals(offsets(await read(log, "a")), [1, 2, 3]);
    },
  },
  {
    name: "counts each channel by itself, also within one batch",
    async prove(log) {
      const drafts = ["a", "b", "a", "c", "b", "a"].map((channel) => draft(channel, channel));
      assertEquals(offsetsOf(await log.append(drafts)), [1, 1, 2, 1, 2, 3]);
    },
  },
  {
    name: "stores the drafts of a channel in their order",
    async prove(log) {
      await log.append(fromTo(1, 300).map((value) => draft(value % 2 ? "odd" : "even", value)));
      const odd = fromTo(1, 300).filter((value) => value % 2 === 1).map(String);
      assertEquals(texts(await read(log, "odd")), odd);
    },
  },
  {
    name: "answers with one outcome for each draft, in their order",
    async prove(log) {
      await fill(log, "b", { count: 5 });
      const outcomes = await log.append([draft("a", 1), draft("b", 2), draft("a", 3)]);
      assertEquals(outcomes.map(({ kind }) => kind), ["stored", "stored", "stored"]);
      assertEquals(offsetsOf(outcomes), [1, 6, 2]);
    },
  },
  {
    name: "answers a batch of nothing with nothing",
    async prove(log) {
      assertEquals(await log.append([]), []);
    },
  },
  {
    name: "keeps a channel's epoch while its offsets go on",
    async prove(log) {
      await fill(log, "a", { count: 3 });
      const { top } = await read(log, "a");
      const [outcome] = await log.append([draft("a", 4)]);
      assertEquals(outcome, { kind: "stored", position: { epoch: top.epoch, offset: 4 } });
      assertEquals((await read(log, "a")).top.epoch, top.epoch);
      assert(top.epoch.length > 0);
    },
  },
  {
    name: "begins a channel in the epoch that it told before the first publication",
    async prove(log) {
      const { top } = await read(log, "a");
      const [outcome] = await log.append([draft("a", 1)]);
      assertEquals(outcome, { kind: "stored", position: { epoch: top.epoch, offset: 1 } });
    },
  },
  {
    name: "takes a channel that was never published to for empty, with top offset 0",
    async prove(log) {
      const page = await read(log, "nothing");
      assertEquals([page.publications, page.top.offset], [[], 0]);
    },
  },
  {
    name: "tells the top of each channel asked for, in their order, unknown and twice too",
    async prove(log) {
      await fill(log, "a", { count: 3 });
      await fill(log, "b", { count: 7 });
      const tops = await log.tops(["b", "nothing", "a", "b"]);
      assertEquals(tops.map(({ offset }) => offset), [7, 0, 3, 7]);
      assertEquals(tops[2], (await read(log, "a")).top);
      assertEquals(await log.tops([]), []);
    },
  },
  {
    name: "takes every character that a channel's name may hold",
    async prove(log) {
      for (const name of NAME_CHARACTERS) await fill(log, name, { count: 1 });
      for (const name of NAME_CHARACTERS) {
        assertEquals(offsets(await read(log, name)), [1], `channel ${name}`);
      }
      await fill(log, NAME_CHARACTERS.join(""), { count: 2 });
      assertEquals((await read(log, NAME_CHARACTERS.join(""))).top.offset, 2);
    },
  },
  {
    name: "takes names that mean something elsewhere for what they are",
    async prove(log) {
      const drafts = TRICKY_NAMES.flatMap((name) => [draft(name, name), draft(name, "second")]);
      assertEquals(offsetsOf(await log.append(drafts)), TRICKY_NAMES.flatMap(() => [1, 2]));
      for (const name of TRICKY_NAMES) {
        assertEquals(texts(await read(log, name)), [name, "second"]);
      }
    },
  },
  {
    name: "holds many channels",
    async prove(log) {
      const names = fromTo(1, 3_000).map((number) => `room:${number}`);
      await log.append(names.map((name) => draft(name, name)));
      assertEquals((await log.tops(names)).map(({ offset }) => offset), names.map(() => 1));
      assertEquals(log.usage().channels, 3_000);
      assertEquals(texts(await read(log, "room:1234")), ["room:1234"]);
    },
  },
  {
    name: "uses more bytes the more it holds",
    async prove(log) {
      const before = log.usage().bytes;
      await log.append(fromTo(1, 50).map(() => draft("a", "x".repeat(10_000))));
      assert(log.usage().bytes - before > 400_000);
    },
  },
  {
    name: "gives two channels positions that are not mixed up",
    async prove(log) {
      await fill(log, "a", { count: 2 });
      await fill(log, "b", { count: 1 });
      assertNotEquals((await read(log, "a")).top, (await read(log, "b")).top);
    },
  },
];
