import { assertEquals } from "@std/assert";
import type { Draft, HistoryLog } from "../../../../server/history/mod.ts";
import type { ClientInfo, Publication } from "../../../../server/publication.ts";
import { integer, pick, seededRandom, SEEDS } from "../../../lifecycle/seeded_random.ts";
import type { Requirement } from "./requirement.ts";
import { draft, read } from "./requirement.ts";

type About = Pick<Publication, "info" | "tags">;

/** Pieces of text that something on the way might change, cut off or take for something else. */
const PIECES = [
  "",
  " ",
  "\0",
  '"',
  "\\",
  "'",
  "\n",
  "\ufeff",
  "\u2028",
  "ž",
  "👩‍👩‍👧",
  "\ud800",
  "null",
  "1.0",
  "{}",
  "toString",
  "x".repeat(5_000),
] as const;

/** JSON that says the same as another text and must not become it. */
const JSON_TEXTS = [
  '{"b":1.0,"a":2,"a":3}',
  " [ 1e400 ] ",
  "12345678901234567890",
  "null",
] as const;

const EVERYTHING: ClientInfo = {
  user: "42",
  client: "c",
  connInfo: JSON_TEXTS[0],
  chanInfo: JSON_TEXTS[1],
};

/** Every combination of what may be there and what may not. */
const ABOUTS: readonly About[] = [
  {},
  { info: { user: "", client: "" } },
  { info: { user: "42", client: "c", connInfo: "{}" } },
  { info: { user: "42", client: "c", chanInfo: "{}" } },
  { info: EVERYTHING },
  { tags: {} },
  { tags: { "": "" } },
  { tags: { a: "1", b: "2" } },
  { tags: JSON.parse('{"__proto__":"x","constructor":"y","10":"z","9":""}') },
  { info: EVERYTHING, tags: { a: "1" } },
];

/** Stores publications that say this about themselves; gives back what comes out. */
async function roundTrip(log: HistoryLog, abouts: readonly About[]): Promise<About[]> {
  await log.append(abouts.map((about): Draft => ({ ...draft("a", "x"), ...about })));
  const { publications } = await read(log, "a");
  return publications.map(({ offset: _offset, time: _time, payload: _payload, ...about }) => about);
}

function randomText(random: () => number): string {
  return Array.from({ length: integer(random, 4) }, () => pick(random, PIECES)).join("");
}

function randomAbout(random: () => number): About {
  const info: ClientInfo = {
    user: randomText(random),
    client: randomText(random),
    ...(random() < 0.5 && { connInfo: pick(random, JSON_TEXTS) }),
    ...(random() < 0.5 && { chanInfo: JSON.stringify(randomText(random)) }),
  };
  const tags = Object.fromEntries(
    Array.from({ length: integer(random, 5) }, () => [randomText(random), randomText(random)]),
  );
  return { ...(random() < 0.6 && { info }), ...(random() < 0.6 && { tags }) };
}

/** What is said about a publication comes out as it went in. */
export const ABOUT: readonly Requirement[] = [
  {
    name: "gives info and tags back to the letter, and nothing that was not there",
    async prove(log) {
      assertEquals(await roundTrip(log, ABOUTS), ABOUTS);
    },
  },
  {
    name: "takes info and tags that are undefined for absent",
    async prove(log) {
      await log.append([{ ...draft("a", 1), info: undefined, tags: undefined }]);
      const { publications } = await read(log, "a");
      assertEquals(Object.keys(publications[0] ?? {}), ["offset", "time", "payload"]);
    },
  },
  {
    name: "gives info and tags back newest first too",
    async prove(log) {
      await log.append([draft("a", 1), { ...draft("a", 2), tags: { a: "1" } }]);
      const { publications } = await read(log, "a", { isReverse: true });
      assertEquals(publications.map(({ tags }) => tags), [{ a: "1" }, undefined]);
    },
  },
  {
    name: "ends a page for the bytes of info and tags too",
    async prove(log) {
      const large = { ...draft("a", 1), tags: { t: "x".repeat(1_000) } };
      const named = {
        ...draft("a", 1),
        info: { user: "", client: "", connInfo: "x".repeat(1_000) },
      };
      await log.append([large, named, draft("a", 3)]);
      const first = await read(log, "a", { maxBytes: 1_000 });
      assertEquals([first.publications.length, first.hasMore], [1, true]);
      const second = await read(log, "a", { maxBytes: 1_000, since: 1 });
      assertEquals([second.publications.length, second.hasMore], [1, true]);
    },
  },
  {
    name: "uses more bytes the more is in info and tags",
    async prove(log) {
      const before = log.usage().bytes;
      const tagged = { ...draft("a", 1), tags: { t: "x".repeat(10_000) } };
      await log.append(Array.from({ length: 50 }, () => tagged));
      assertEquals(log.usage().bytes - before > 400_000, true);
    },
  },
  ...SEEDS.slice(0, 10).map((seed): Requirement => ({
    name: `gives info and tags back to the letter, story ${seed}`,
    async prove(log) {
      const random = seededRandom(seed);
      const abouts = Array.from({ length: 80 }, () => randomAbout(random));
      assertEquals(await roundTrip(log, abouts), abouts);
    },
  })),
];
