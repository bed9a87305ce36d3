import { delay } from "@std/async";
import { setImmediate } from "node:timers";
import type { Position } from "../publication.ts";
import type { BrokerReceiver, Brought } from "./broker.ts";
import type { EntryPage } from "./redis_log.ts";
import type { RedisMessage } from "./redis_message.ts";
import type { RedisEntry } from "./redis_record.ts";

/** Options of {@linkcode RedisTopic}. */
export interface RedisTopicOptions {
  readonly channel: string;
  readonly node: string;
  readonly receiver: BrokerReceiver;
  /** Reads what comes behind an offset: a page of it. */
  readonly read: (since: number) => Promise<EntryPage>;
  /** Whether the channel keeps publications, so that what was missed can be read. */
  readonly keeps: () => boolean;
  /** Told that the log cannot be read although Redis is there. */
  readonly onError: (error: unknown) => void;
}

/** How often it is looked whether who is to take more has room again. */
const BUSY_MS = 5;

/**
 * One channel in use at this node: brings its publications in the order of their offsets, each once.
 * What was missed is read from the log; until it has been, nothing that is heard is kept, as the log
 * has it all.
 */
export class RedisTopic {
  readonly #options: RedisTopicOptions;
  /** Up to where all was brought; undefined before the channel was looked at. */
  #position: Position | undefined;
  /** Whether something was heard that the log has to be read for. */
  #isBehind = false;
  #reading: Promise<void> | undefined;
  #isGone = false;
  /** Who waits until all is brought up to an offset. */
  readonly #waiting = new Set<{ readonly offset: number; readonly resolve: () => void }>();

  constructor(options: RedisTopicOptions) {
    this.#options = options;
  }

  get position(): Position | undefined {
    return this.#position;
  }

  /** Whether nothing is known to be missing. */
  get isCaughtUp(): boolean {
    return this.#position !== undefined && !this.#isBehind;
  }

  /** Takes a message that was heard. */
  hear(message: RedisMessage): void {
    const { receiver, channel } = this.#options;
    switch (message.kind) {
      case "passed":
        return receiver.take(channel, "", message.entries.map((entry) => this.#broughtOf(entry)));
      case "reset":
        return this.#hearStored({ epoch: message.epoch, offset: 0 }, []);
      case "stored": {
        const first = message.entries[0]?.publication.offset ?? 1;
        this.#hearStored({ epoch: message.epoch, offset: first - 1 }, message.entries);
      }
    }
  }

  /** Nothing is wanted any more. */
  end(): void {
    this.#isGone = true;
    for (const { resolve } of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Resolves when all up to an offset is brought, or after a while. */
  reached(offset: number, withinMs: number): Promise<void> {
    if (this.#isGone || (this.#position?.offset ?? 0) >= offset) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = { offset, resolve: () => (clearTimeout(timer), resolve()) };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        resolve();
      }, withinMs);
      this.#waiting.add(waiting);
    });
  }

  /** Takes `top` for the beginning, unless it has begun before. */
  beginAt(top: Position): void {
    this.#position ??= top;
  }

  /** Brings what was missed. Never rejects: what fails is made good when Redis is back. */
  catchUp(): Promise<void> {
    this.#isBehind = true;
    this.#reading ??= this.#readAll().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    try {
      while (this.#isBehind && !this.#isGone) {
        this.#isBehind = false;
        await this.#readOn();
      }
    } catch (error) {
      this.#isBehind = true;
      this.#options.onError(error);
    }
  }

  async #readOn(): Promise<void> {
    const { read, receiver } = this.#options;
    for (let hasMore = true; hasMore && !this.#isGone;) {
      const since = this.#position ?? { epoch: "", offset: 0 };
      const page = await read(since.offset);
      if (page.top.epoch !== since.epoch) {
        this.#move({ epoch: page.top.epoch, offset: 0 });
        continue;
      }
      const first = page.entries[0]?.publication.offset ?? page.top.offset + 1;
      if (first > since.offset + 1) this.#move({ epoch: page.top.epoch, offset: first - 1 });
      this.#bring(page.top.epoch, page.entries);
      hasMore = page.hasMore;
      await new Promise<void>((resolve) => setImmediate(resolve));
      while (receiver.isBusy() && !this.#isGone) await delay(BUSY_MS);
    }
  }

  /** @param before Where the log stood before these entries. */
  #hearStored(before: Position, entries: readonly RedisEntry[]): void {
    const { keeps } = this.#options;
    const position = this.#position;
    if (position === undefined || (this.#reading !== undefined && keeps())) {
      this.#isBehind = true;
      return;
    }
    if (before.epoch !== position.epoch) this.#move(before);
    else if (before.offset > position.offset) {
      if (keeps()) return void this.catchUp();
      this.#move(before);
    }
    this.#bring(before.epoch, entries);
  }

  /** Those that were not brought before. */
  #bring(epoch: string, entries: readonly RedisEntry[]): void {
    const { receiver, channel } = this.#options;
    const done = this.#position?.offset ?? 0;
    const later = entries.filter(({ publication }) => publication.offset > done);
    const last = later.at(-1);
    if (last === undefined) return;
    this.#stand({ epoch, offset: last.publication.offset });
    receiver.take(channel, epoch, later.map((entry) => this.#broughtOf(entry)));
  }

  #move(position: Position): void {
    this.#stand(position);
    this.#options.receiver.moved(this.#options.channel, position);
  }

  #stand(position: Position): void {
    this.#position = position;
    for (const waiting of this.#waiting) {
      if (waiting.offset > position.offset) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  #broughtOf({ publication, mark, node }: RedisEntry): Brought {
    const publisher = node === this.#options.node ? mark.publisher : undefined;
    return { publication, publisher, hasDelta: mark.hasDelta === true };
  }
}
