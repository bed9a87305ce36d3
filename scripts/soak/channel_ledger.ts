import { partsOf } from "./message.ts";

/** What went wrong with publications; all of it must stay 0. */
export interface Wrongs {
  /** Acknowledged and not stored where it was said, or stored and not delivered to a reader. */
  readonly lost: number;
  /** Stored twice, or delivered twice to a reader. */
  readonly repeated: number;
  /** Stored or delivered behind what came after it, or at an offset that has another one. */
  readonly misordered: number;
}

/** Publications that are remembered behind the slowest reader: more than the longest life has. */
const KEPT_BEHIND = 30_000;
/** Wrongs of one channel that are told one by one; beyond it they are only counted. */
const MAX_FINDINGS = 20;
/** Gaps of one reader that are remembered one by one; beyond it they are lost at once. */
const MAX_GAPS = 10_000;

/**
 * What is known of one channel's log, put together from what publishers were told and from what
 * readers were given, and held against both. Memory is bounded by the slowest reader.
 */
export class ChannelLedger {
  readonly name: string;
  acknowledged = 0;
  delivered = 0;
  lost = 0;
  repeated = 0;
  misordered = 0;
  /** Wrongs in words: when each was seen, by whom, and about which publication. */
  readonly findings: string[] = [];
  readonly #ids = new Map<number, string>();
  readonly #offsets = new Map<string, number>();
  /** Acknowledged and not yet seen in the log; the offset where one was told. */
  readonly #awaited = new Map<string, number | undefined>();
  readonly #serials = new Map<string, number>();
  readonly #readers: LedgerReader[] = [];
  readonly #runs = new Set<LedgerRun>();
  #top = 0;
  #forgotten = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** The highest offset that anybody has seen. */
  get top(): number {
    return this.#top;
  }

  /** Someone was told that `id` is stored, and where if he was told that. */
  acknowledge(id: string, offset?: number): void {
    this.acknowledged++;
    const seenAt = this.#offsets.get(id);
    if (seenAt === undefined) this.#awaited.set(id, offset);
    else if (offset !== undefined && offset !== seenAt) {
      this.count("lost", `${id} is acknowledged at ${offset} and stored at ${seenAt}`);
    }
  }

  /** Counts one wrong, and tells of it. */
  count(wrong: keyof Wrongs, what: string): void {
    this[wrong]++;
    if (this.findings.length >= MAX_FINDINGS) return;
    this.findings.push(`${new Date().toISOString()} ${this.name} ${wrong}: ${what}`);
  }

  /** A reader whose position is kept: it must be given everything from offset 1 on. */
  reader(name = "a reader"): LedgerReader {
    const reader = new LedgerReader(this, name);
    this.#readers.push(reader);
    return reader;
  }

  /** One connection of a reader that has no position: it must be given a piece without a gap. */
  run(): LedgerRun {
    const run = new LedgerRun(this);
    this.#runs.add(run);
    return run;
  }

  /** Forgets a run that has ended and whose frames are all accounted for. */
  leave(run: LedgerRun): void {
    this.#runs.delete(run);
  }

  /** The offset of `id` in the log, as far as that is known. */
  offsetOf(id: string): number | undefined {
    return this.#offsets.get(id);
  }

  /** Somebody was given `id` at `offset`. */
  see(offset: number, id: string): void {
    if (offset <= this.#forgotten) return;
    const known = this.#ids.get(offset);
    if (known === id) return;
    if (known !== undefined) {
      return this.count("misordered", `${id} and ${known} are both stored at ${offset}`);
    }
    const before = this.#offsets.get(id);
    if (before !== undefined) this.count("repeated", `${id} is stored at ${before} and ${offset}`);
    this.#ids.set(offset, id);
    this.#offsets.set(id, offset);
    const told = this.#awaited.get(id);
    if (told !== undefined && told !== offset) {
      this.count("lost", `${id} is stored at ${offset} and acknowledged at ${told}`);
    }
    this.#awaited.delete(id);
    if (offset <= this.#top) return;
    this.#top = offset;
    this.#follow(id);
    if (offset % 1_000 === 0) this.#forget();
  }

  /**
   * Ends the account with a log that goes up to `top`: what was acknowledged and has not been seen
   * is lost, and so is what a reader has not been given.
   */
  settle(top: number): Wrongs {
    for (const run of this.#runs) run.settle();
    this.lost += this.#awaited.size;
    this.#awaited.clear();
    for (const reader of this.#readers) this.lost += reader.missing(top);
    return { lost: this.lost, repeated: this.repeated, misordered: this.misordered };
  }

  /** Gaps that may still be filled; 0 when all is well. */
  get gaps(): number {
    return this.#readers.reduce((sum, { gaps }) => sum + gaps, 0);
  }

  /** Whether every reader with a position has been given all up to `top`. */
  hasAll(top: number): boolean {
    return this.#readers.every(({ next }) => next > top);
  }

  /** What one publisher sends he sends in order, so his serials only rise. */
  #follow(id: string): void {
    const { publisher, serial } = partsOf(id);
    const last = this.#serials.get(publisher) ?? -1;
    if (serial < last) this.count("misordered", `${id} is stored behind ${publisher}'s ${last}`);
    if (serial > last) this.#serials.set(publisher, serial);
  }

  #forget(): void {
    for (const run of this.#runs) run.place();
    const slowest = Math.min(this.#top, ...this.#readers.map(({ next }) => next));
    for (; this.#forgotten + 1 < slowest - KEPT_BEHIND; this.#forgotten++) {
      const offset = this.#forgotten + 1;
      const id = this.#ids.get(offset);
      this.#ids.delete(offset);
      if (id !== undefined) this.#offsets.delete(id);
    }
  }
}

/** What one reader with a position has been given. */
export class LedgerReader {
  /** The offset that must come next. */
  next = 1;
  readonly #channel: ChannelLedger;
  readonly #gaps = new Set<number>();
  readonly #name: string;

  constructor(channel: ChannelLedger, name: string) {
    this.#channel = channel;
    this.#name = name;
  }

  /** Offsets that were left out. */
  get gaps(): number {
    return this.#gaps.size;
  }

  /** It was given `id`, said to be at `offset`. */
  deliver(offset: number, id: string): void {
    const channel = this.#channel;
    channel.delivered++;
    channel.see(offset, id);
    if (offset < this.next) {
      const wrong = this.#gaps.delete(offset) ? "misordered" : "repeated";
      return channel.count(wrong, `${this.#name} is given ${offset} again before ${this.next}`);
    }
    for (let gap = this.next; gap < offset; gap++) {
      if (this.#gaps.size < MAX_GAPS) this.#gaps.add(gap);
      else channel.lost++;
    }
    this.next = offset + 1;
  }

  /** How much of a log that goes up to `top` it has not been given. */
  missing(top: number): number {
    return this.#gaps.size + Math.max(0, top + 1 - this.next);
  }
}

/** Frames without offsets: each takes the place that the log has for it, once that is known. */
export class LedgerRun {
  readonly #channel: ChannelLedger;
  #waiting: string[] = [];
  #last: number | undefined;
  #hasEnded = false;

  constructor(channel: ChannelLedger) {
    this.#channel = channel;
  }

  /** It was given `id`. */
  deliver(id: string): void {
    this.#channel.delivered++;
    this.#waiting.push(id);
    this.place();
  }

  /** The connection is gone: no more will come. */
  end(): void {
    this.#hasEnded = true;
    this.place();
  }

  /** The whole log is known: what has no place in it was never stored, or was given too late. */
  settle(): void {
    this.place();
    this.#channel.misordered += this.#waiting.length;
    this.#waiting = [];
  }

  /** Gives what waits its place, as far as the log is known by now. */
  place(): void {
    let placed = 0;
    for (const id of this.#waiting) {
      const offset = this.#channel.offsetOf(id);
      if (offset === undefined) break;
      placed++;
      this.#follow(offset);
    }
    this.#waiting.splice(0, placed);
    if (this.#hasEnded && this.#waiting.length === 0) this.#channel.leave(this);
  }

  #follow(offset: number): void {
    const last = this.#last ?? offset - 1;
    this.#last = Math.max(last, offset);
    if (offset === last + 1) return;
    const what = `a plain socket is given ${offset} behind ${last}`;
    if (offset <= last) return this.#channel.count(offset < last ? "misordered" : "repeated", what);
    for (let gap = last + 1; gap < offset; gap++) this.#channel.count("lost", what);
  }
}
