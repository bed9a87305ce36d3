import { delay } from "@std/async";
import type { Outcome, Word } from "../redis/mod.ts";
import { RedisReplyError, RedisUnansweredError, textOf } from "../redis/mod.ts";
import type { Appended, Draft } from "./history_log.ts";
import { outcomeAt } from "./group.ts";
import { IDEMPOTENCY_TTL_MS } from "./history_log.ts";
import type { RedisChannels } from "./redis_channels.ts";
import { encodeRecord } from "./redis_record.ts";
import { APPEND } from "./redis_scripts.ts";
import { versionOf } from "./staleness.ts";

/** Drafts of one channel that are stored in one step, and how they are sent. */
interface Chunk {
  readonly channel: string;
  /** Of each of its groups, where the drafts stand in the batch. */
  readonly groups: number[][];
  readonly call: { readonly script: typeof APPEND; readonly keys: Word[]; readonly args: Word[] };
  drafts: number;
  bytes: number;
}

/** Options of {@linkcode RedisAppender}. */
export interface RedisAppenderOptions {
  readonly channels: RedisChannels;
  readonly node: string;
  readonly now: () => number;
  /** Told how much was added. */
  readonly onAdded: (added: { readonly channels: number; readonly bytes: number }) => void;
}

/** What one step stores at most: until it is done, Redis serves nobody else. */
const MAX_CHUNK = { drafts: 128, bytes: 262_144 };

/** How long it is waited for Redis to come back to say what became of what it was sent. */
const RETRY_MS = 5_000;

/** Between attempts. */
const RETRY_PAUSE_MS = 10;

/** Stores batches: what belongs to one channel in one step of Redis, all of them in one go. */
export class RedisAppender {
  readonly #options: RedisAppenderOptions;
  #turn = 0;

  constructor(options: RedisAppenderOptions) {
    this.#options = options;
  }

  /** One outcome for each draft, in their order. */
  async append(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    const outcomes: Appended[] = new Array(drafts.length);
    const chunks = this.#chunksOf(drafts);
    const answers = await this.#run(chunks);
    for (const [nth, chunk] of chunks.entries()) this.#settle(chunk, answers[nth], outcomes);
    return outcomes;
  }

  /**
   * What was not answered may have been stored all the same: it is asked again under the same number
   * of the turn, which Redis remembers.
   */
  async #run(chunks: readonly Chunk[]): Promise<readonly Outcome[]> {
    const { servers } = this.#options.channels;
    const calls = chunks.map(({ channel, call }) => ({ place: channel, call }));
    const outcomes = [...await servers.run(calls)];
    let open = chunks.flatMap((_, nth) => isUnanswered(outcomes[nth]) ? [nth] : []);
    const endsAt = performance.now() + RETRY_MS;
    for (
      let leftMs = RETRY_MS;
      open.length > 0 && leftMs > 0;
      leftMs = endsAt - performance.now()
    ) {
      // Also where the end of the connection is not told yet: another try at once would be in vain.
      await delay(RETRY_PAUSE_MS);
      const waiting = open.flatMap((nth) => calls[nth] ?? []);
      // Whichever is back first: the others are waited for again.
      await Promise.race(waiting.map(({ place }) => servers.of(place).whenUp(leftMs)));
      const again = await servers.run(waiting);
      for (const [place, nth] of open.entries()) {
        const outcome = again[place];
        if (outcome !== undefined) outcomes[nth] = outcome;
      }
      open = open.filter((nth) => !isAnswered(outcomes[nth]));
    }
    return outcomes;
  }

  #chunksOf(drafts: readonly Draft[]): readonly Chunk[] {
    this.#turn += 1;
    const chunks: Chunk[] = [];
    const current = new Map<string, { chunk: Chunk; count: number }>();
    for (const [place, draft] of drafts.entries()) {
      const record = encodeRecord(draft, this.#options.node);
      const found = current.get(draft.channel);
      const hasRoom = found !== undefined &&
        (draft.isWithPrevious === true || isRoomFor(record, found.chunk));
      const count = hasRoom ? found.count : (found?.count ?? 0) + 1;
      const chunk = hasRoom ? found.chunk : this.#newChunk(draft.channel, count);
      if (!hasRoom) {
        chunks.push(chunk);
        current.set(draft.channel, { chunk, count });
      }
      this.#add(chunk, { place, draft, record });
    }
    return chunks;
  }

  #newChunk(channel: string, count: number): Chunk {
    const { channels, now, node } = this.#options;
    const turn = channels.key(channel, `turn:${node}:${count}`);
    const keys = [channels.key(channel, "meta"), channels.key(channel, "log")];
    const expires = String(now() + IDEMPOTENCY_TTL_MS);
    const args = [
      ...channels.args(channel),
      ...[String(channels.ttlMs(channel)), String(now()), expires, String(IDEMPOTENCY_TTL_MS)],
      String(this.#turn),
    ];
    const call = { script: APPEND, keys: [...keys, channels.counter(channel), turn], args };
    return { channel, groups: [], drafts: 0, bytes: 0, call };
  }

  #add(
    chunk: Chunk,
    { place, draft, record }: { place: number; draft: Draft; record: Uint8Array<ArrayBuffer> },
  ): void {
    const { channel, groups, call } = chunk;
    const group = draft.isWithPrevious === true ? groups.at(-1) : undefined;
    const idempotency = group === undefined ? draft.idempotency : undefined;
    const version = versionOf(draft);
    chunk.drafts += 1;
    chunk.bytes += record.length;
    if (group === undefined) groups.push([place]);
    else group.push(place);
    if (idempotency !== undefined) {
      call.keys.push(this.#options.channels.key(channel, `key:${idempotency.key}`));
    }
    const key = idempotency === undefined ? "0" : String(call.keys.length);
    call.args.push(
      ...[record, group === undefined ? key : "+", idempotency?.digest ?? ""],
      ...[version === undefined ? "" : String(version.number), version?.epoch ?? ""],
    );
  }

  #settle(
    { channel, groups, bytes }: Chunk,
    outcome: Outcome | undefined,
    outcomes: Appended[],
  ): void {
    if (outcome === undefined || outcome.kind === "error") {
      const reason = outcome?.error.message ?? "Redis gave no answer";
      for (const place of groups.flat()) outcomes[place] = { kind: "failed", reason };
      return;
    }
    const [epoch = "", made, ...words] = textOf(outcome.reply).split(" ");
    let top = 0;
    for (const [nth, places] of groups.entries()) {
      const first = appendedOf(words[nth] ?? "", epoch);
      for (const [index, place] of places.entries()) outcomes[place] = outcomeAt(index, first);
      if (first.kind === "stored") top = first.position.offset + places.length - 1;
    }
    if (top > 0) this.#options.channels.see(channel, { epoch, offset: top });
    this.#options.onAdded({ channels: made === "1" ? 1 : 0, bytes });
  }
}

function isRoomFor(record: Uint8Array, { drafts, bytes }: Chunk): boolean {
  return drafts < MAX_CHUNK.drafts && bytes + record.length <= MAX_CHUNK.bytes;
}

function isUnanswered(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "error" && outcome.error instanceof RedisUnansweredError;
}

function isAnswered(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "reply" || outcome?.error instanceof RedisReplyError;
}

function appendedOf(word: string, epoch: string): Appended {
  const rest = word.slice(1);
  switch (word[0]) {
    case "s":
      return { kind: "stored", position: { epoch, offset: Number(rest) } };
    case "t":
      return { kind: "stale", position: { epoch, offset: Number(rest) } };
    case "c":
      return { kind: "conflict" };
    case "r": {
      const [offset, earlier = epoch] = rest.split(":");
      return { kind: "repeated", position: { epoch: earlier, offset: Number(offset) } };
    }
    default:
      return { kind: "failed", reason: `Redis gave an answer that is none: ${word}` };
  }
}
