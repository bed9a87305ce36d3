import { assertEquals } from "@std/assert";
import type {
  Draft,
  HistoryLog,
  HistoryPage,
  ReadOptions,
} from "../../../../server/history/mod.ts";
import type { Payload, Publication } from "../../../../server/publication.ts";
import { payloadSize } from "../../../../server/publication.ts";
import { integer, pick, seededRandom, SEEDS } from "../../../lifecycle/seeded_random.ts";
import type { Requirement } from "./requirement.ts";
import { START_MS } from "./requirement.ts";

const CHANNELS: readonly [string, ...string[]] = ["a", "b", "c"];
const SIZE = 20;
const TTL_MS = 5_000;

/** What a log does, in the fewest words: everything is kept, and reading picks from it. */
class Model {
  readonly #channels = new Map<string, Publication[]>();

  append({ channel, payload, time }: Draft): number {
    const all = this.#channels.get(channel) ?? [];
    this.#channels.set(channel, all);
    all.push({ offset: all.length + 1, time, payload });
    return all.length;
  }

  top(channel: string): number {
    return this.#channels.get(channel)?.length ?? 0;
  }

  read(channel: string, options: ReadOptions, now: number): Omit<HistoryPage, "top"> {
    const all = this.#channels.get(channel) ?? [];
    const kept = all.slice(-SIZE).filter(({ time }) => time > now - TTL_MS);
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
    const payload = publications[count]?.payload;
    bytes += payload === undefined ? 0 : payloadSize(payload);
    count += 1;
  }
  return { publications: publications.slice(0, count), hasMore: count < publications.length };
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

function randomReading(random: () => number, top: number): ReadOptions {
  const isReverse = random() < 0.5;
  const bounds = { limit: 1 + integer(random, 30), maxBytes: 1 + integer(random, 300), isReverse };
  return random() < 0.3 ? bounds : { ...bounds, since: integer(random, top + 5) };
}

/** Plays one story of appending, reading and waiting against the model. */
async function play(log: HistoryLog, random: () => number, clock: { now: number }): Promise<void> {
  const model = new Model();
  for (let step = 0; step < 60; step++) {
    clock.now += integer(random, 400);
    const drafts = Array.from({ length: integer(random, 12) }, (): Draft => ({
      channel: pick(random, CHANNELS),
      payload: randomPayload(random),
      time: clock.now,
    }));
    const outcomes = await log.append(drafts);
    const offsets = outcomes.map((one) => one.kind === "stored" ? one.position.offset : one.kind);
    assertEquals(offsets, drafts.map((draft) => model.append(draft)));
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
  retention: { size: SIZE, ttlMs: TTL_MS },
  prove: async (log, { clock }) => {
    clock.now = START_MS;
    await play(log, seededRandom(seed), clock);
  },
}));
