/**
 * Payloads, and what they may look like one publication later.
 *
 * @module
 */
import { integer, pick } from "../../lifecycle/seeded_random.ts";

type Random = () => number;

/** Bytes that are below `values`. */
export function randomBytes(
  random: Random,
  { length, values }: { length: number; values: number },
): Uint8Array {
  return Uint8Array.from({ length }, () => integer(random, values));
}

/** One part of `before` replaced, taken out, doubled or moved to the end. */
function mutated(random: Random, before: Uint8Array): Uint8Array {
  const start = integer(random, before.length + 1);
  const end = start + integer(random, Math.min(40, before.length - start) + 1);
  const head = before.subarray(0, start);
  const part = before.subarray(start, end);
  const tail = before.subarray(end);
  const fresh = randomBytes(random, { length: integer(random, 30), values: 256 });
  const parts = pick(random, [
    [head, fresh, tail],
    [head, tail],
    [head, part, part, tail],
    [head, tail, part],
  ]);
  return Uint8Array.from(parts.flatMap((one) => [...one]));
}

/** The same bytes after up to five changes. */
export function mutatedOften(random: Random, before: Uint8Array): Uint8Array {
  let after = before;
  for (let left = integer(random, 6); left > 0; left -= 1) after = mutated(random, after);
  return after;
}

const WORDS = ["oak", "dub", "žluť", "日本語", "👩‍👩‍👧‍👦", "é", "ё", "€", '\\"', "\u2028"] as const;

/** What JSON might hold, with letters of every length in UTF-8. */
export function randomRecords(random: Random, count: number): unknown[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: pick(random, WORDS) + pick(random, WORDS),
    price: integer(random, 100_000) / 100,
    tags: [pick(random, WORDS), pick(random, WORDS)],
  }));
}

/** The same records, three in ten with other words: letters may share some of their bytes. */
export function changedRecords(random: Random, records: readonly unknown[]): unknown[] {
  return records.map((record) => {
    if (random() < 0.7) return record;
    return { ...Object(record), name: pick(random, WORDS) + pick(random, WORDS) };
  });
}

/** JSON of 65 bytes a record, 2 KiB for 32; `changed` has other bids by the index of theirs. */
export function quotes(count: number, changed: Record<number, number> = {}): string {
  const items = Array.from({ length: count }, (_, id) => ({
    symbol: `SYM${id * 37}`,
    bid: changed[id] ?? 100 + id * 1.25,
    currency: "USD",
    volume: id * 7919,
  }));
  return JSON.stringify({ items, at: "2025-01-01T00:00:00Z" });
}
