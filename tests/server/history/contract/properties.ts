import { assertEquals } from "@std/assert";
import type {
  Draft,
  HistoryLog,
  HistoryPage,
  ReadOptions,
  Retention,
  Version,
} from "../../../../server/history/mod.ts";
import type { Payload, Publication } from "../../../../server/publication.ts";
import { payloadSize } from "../../../../server/publication.ts";
import { integer, pick, seededRandom, SEEDS } from "../../../lifecycle/seeded_random.ts";
import type { Requirement } from "./requirement.ts";
import { START_MS } from "./requirement.ts";

const CHANNELS: readonly [string, ...string[]] = ["a", "b", "c"];
const RETENTION: Retention = { size: 20, ttlMs: 5_000 };
const RETENTIONS = new Map([["b", { size: 3 }], ["c", { ttlMs: 1_500 }]]);

/** What a log does, in the fewest words: everything is kept, and reading picks from it. */
class Model {
  readonly #channels = new Map<string, Publication[]>();
  readonly #versions = new Map<string, Version>();
  /** The offset up to which a channel was removed. */
  readonly #removed = new Map<string, number>();

  append({ channel, version, payload, time, ...about }: Draft): number | "stale" {
    const all = this.#channels.get(channel) ?? [];
    const last = this.#versions.get(channel);
    if (version !== undefined) {
      if (last?.epoch === version.epoch && last.number >= version.number) return "stale";
      this.#versions.set(channel, version);
    }
    this.#channels.set(channel, all);
    all.push({ offset: all.length + 1, time, payload, ...about });
    return all.length;
  }

  remove(channel: string): void {
    this.#removed.set(channel, this.top(channel));
  }

  top(channel: string): number {
    return this.#channels.get(channel)?.length ?? 0;
  }

  read(channel: string, options: ReadOptions, now: number): Omit<HistoryPage, "top"> {
    const all = this.#channels.get(channel) ?? [];
    const { size, ttlMs } = { ...RETENTION, ...RETENTIONS.get(channel) };
    const removed = this.#removed.get(channel) ?? 0;
    const kept = all.slice(-size).filter(({ offset, time }) =>
      offset > removed && time > now - ttlMs
    );
    return options.isReverse === true
      ? cut(kept.filter(({ offset }) => offset < (options.since ?? Infinity)).reverse(), options)
      : cut(kept.filter(({ offset }) => offset > (options.since ?? 0)), options);
  }
}

/** The page that these publications begin. */
function cut(
  publications: readonly Publication[],
  { limit, maxBytes = Infinity }: ReadOptions,
): Omit<HistoryPage, "top"> {
  let [count, bytes] = [0, 0];
  while (count < Math.min(limit, publications.length) && bytes < maxBytes) {
    const publication = publications[count];
    bytes += publication === undefined ? 0 : sizeOf(publication);
    count += 1;
  }
  return { publications: publications.slice(0, count), hasMore: count < publications.length };
}

/** All that can be long in a publication of a story. */
function sizeOf({ payload, tags = {} }: Publication): number {
  return payloadSize(payload) + Object.entries(tags).flat().join("").length;
}

function randomPayload(random: () => number): Payload {
  const text = "x".repeat(integer(random, 20));
  const bytes = new Uint8Array(integer(random, 20)).fill(integer(random, 256));
  return pick<Payload>(random, [
    { kind: "text", text },
    { kind: "json", text: JSON.stringify(text) },
    { kind: "binary", bytes },
  ]);
}

function randomDraft(random: () => number, time: number): Draft {
  const version = { number: 1 + integer(random, 20), epoch: pick(random, ["x", "y"]) };
  const tags = { t: "x".repeat(integer(random, 20)) };
  return {
    channel: pick(random, CHANNELS),
    payload: randomPayload(random),
    time,
    ...(random() < 0.2 && { version }),
    ...(random() < 0.2 && { tags }),
  };
}

function randomReading(random: () => number, top: number): ReadOptions {
  const isReverse = random() < 0.5;
  const bounds = { limit: 1 + integer(random, 30), maxBytes: 1 + integer(random, 300), isReverse };
  return random() < 0.3 ? bounds : { ...bounds, since: integer(random, top + 5) };
}

/** Plays one story of appending, removing, reading and waiting against the model. */
async function play(log: HistoryLog, random: () => number, clock: { now: number }): Promise<void> {
  const model = new Model();
  for (let step = 0; step < 60; step++) {
    clock.now += integer(random, 400);
    const count = integer(random, 12);
    const drafts = Array.from({ length: count }, () => randomDraft(random, clock.now));
    const outcomes = await log.append(drafts);
    const offsets = outcomes.map((one) => one.kind === "stored" ? one.position.offset : one.kind);
    assertEquals(offsets, drafts.map((draft) => model.append(draft)));
    if (random() < 0.1) {
      const removed = pick(random, CHANNELS);
      await log.remove(removed);
      model.remove(removed);
    }
    const channel = pick(random, CHANNELS);
    const options = randomReading(random, model.top(channel));
    const { top, ...page } = await log.read(channel, options);
    assertEquals(page, model.read(channel, options, clock.now), JSON.stringify(options));
    assertEquals(top.offset, model.top(channel));
  }
}

/** Whatever happens in whatever order. */
export const PROPERTIES: readonly Requirement[] = SEEDS.slice(0, 15).map((seed) => ({
  name: `does what the model does, story ${seed}`,
  retention: RETENTION,
  prove: async (log, { clock, kept }) => {
    for (const [channel, differing] of RETENTIONS) kept.set(channel, differing);
    clock.now = START_MS;
    await play(log, seededRandom(seed), clock);
  },
}));
