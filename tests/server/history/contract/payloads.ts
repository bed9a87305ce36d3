import { assertEquals } from "@std/assert";
import type { Draft, HistoryLog } from "../../../../server/history/mod.ts";
import type { Payload } from "../../../../server/publication.ts";
import type { Requirement } from "./requirement.ts";
import { draft, fill, fromTo, read, START_MS } from "./requirement.ts";

const EVERY_BYTE = new Uint8Array(fromTo(0, 255));
const MAX_BYTES = 65_536;

/** JSON that says the same as another text and must not become it. */
const JSON_TEXTS = [
  "1.0",
  "1e400",
  "12345678901234567890",
  '{"b":1,"a":2,"a":3}',
  ' { "a" :\n[ 1 , 2 ] }\t',
  '"\\u0061\\/"',
  "null",
  "[]",
];

const TEXTS = [
  "",
  " ",
  "\n",
  "a\r\nb\rc\n",
  "\0",
  "before\0after",
  "\ufeffmark",
  "\ufeffmark\0and NUL",
  "žluťoučký kůň",
  "漢字",
  "👩‍👩‍👧‍👦",
  "\u2028\u2029",
  "'; DROP TABLE publications; --",
  "12",
  "true",
];

function binary(bytes: Uint8Array<ArrayBuffer>): Payload {
  return { kind: "binary", bytes };
}

/** Stores payloads in one channel and gives back what comes out. */
async function roundTrip(log: HistoryLog, payloads: readonly Payload[]): Promise<Payload[]> {
  await log.append(payloads.map((payload): Draft => ({ channel: "a", payload, time: START_MS })));
  const { publications } = await read(log, "a");
  return publications.map(({ payload }) => payload);
}

/** What comes out is what went in. */
export const PAYLOADS: readonly Requirement[] = [
  {
    name: "gives JSON back to the letter",
    async prove(log) {
      const payloads = JSON_TEXTS.map((text): Payload => ({ kind: "json", text }));
      assertEquals(await roundTrip(log, payloads), payloads);
    },
  },
  {
    name: "gives text back to the letter, empty and with a NUL too",
    async prove(log) {
      const payloads = TEXTS.map((text): Payload => ({ kind: "text", text }));
      assertEquals(await roundTrip(log, payloads), payloads);
    },
  },
  {
    name: "gives bytes back, of every value",
    async prove(log) {
      const payloads = [binary(EVERY_BYTE), binary(new Uint8Array()), binary(new Uint8Array(3))];
      assertEquals(await roundTrip(log, payloads), payloads);
    },
  },
  {
    name: "stores of a view only what the view shows",
    async prove(log) {
      const view = EVERY_BYTE.subarray(100, 110);
      assertEquals(await roundTrip(log, [binary(view)]), [
        binary(new Uint8Array(fromTo(100, 109))),
      ]);
    },
  },
  {
    name: "keeps the kinds of equal content apart",
    async prove(log) {
      const payloads: readonly Payload[] = [
        { kind: "json", text: "1" },
        { kind: "text", text: "1" },
        { kind: "binary", bytes: new Uint8Array([0x31]) },
        { kind: "json", text: '"\\u0000"' },
        { kind: "text", text: "\0" },
        { kind: "binary", bytes: new Uint8Array([0]) },
      ];
      assertEquals(await roundTrip(log, payloads), payloads);
    },
  },
  {
    name: "holds payloads as large as a message may be",
    async prove(log) {
      const payloads: readonly Payload[] = [
        { kind: "json", text: JSON.stringify("x".repeat(MAX_BYTES - 2)) },
        { kind: "text", text: "ž".repeat(MAX_BYTES / 2) },
        { kind: "binary", bytes: new Uint8Array(MAX_BYTES).fill(255) },
      ];
      assertEquals(await roundTrip(log, payloads), payloads);
    },
  },
  {
    name: "gives times back",
    async prove(log) {
      const times = [START_MS, START_MS + 1, START_MS + 999_999];
      await log.append(times.map((time) => draft("a", time, time)));
      const { publications } = await read(log, "a");
      assertEquals(publications.map(({ time }) => time), times);
    },
  },
  {
    name: "orders by offset, not by time: a clock may go back",
    async prove(log) {
      const times = [START_MS + 500, START_MS, START_MS + 200];
      await log.append(times.map((time, index) => draft("a", index, time)));
      const { publications } = await read(log, "a");
      assertEquals(publications.map(({ time }) => time), times);
    },
  },
  {
    name: "changes nothing that it was given",
    async prove(log) {
      const bytes = EVERY_BYTE.slice();
      const drafts: readonly Draft[] = [
        Object.freeze({ channel: "a", payload: Object.freeze(binary(bytes)), time: START_MS }),
        Object.freeze(draft("a", "text")),
      ];
      const names = Object.freeze(["a"]);
      await log.append(Object.freeze(drafts));
      await read(log, "a", Object.freeze({ since: 0, limit: 10 }));
      await log.tops(names);
      assertEquals(bytes, EVERY_BYTE);
    },
  },
  {
    name: "changes nothing that it has handed out",
    retention: { size: 10 },
    async prove(log) {
      await fill(log, "a", { count: 10 });
      const page = await read(log, "a");
      const before = structuredClone(page);
      await fill(log, "a", { count: 500 });
      await read(log, "a", { limit: 3, isReverse: true });
      assertEquals(page, before);
    },
  },
];
