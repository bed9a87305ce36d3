/** The load under which a server is killed and stopped: publishers and readers that come back. */
import { assertEquals } from "@std/assert";
import { type Account, Publishers, type ReadLog, readLog, settle } from "../helpers/publishers.ts";
import { SseReader, type StreamEnd } from "../helpers/sse_reader.ts";
import { inParallel, range } from "../helpers/wait.ts";

const CHANNELS = ["north", "east", "south", "west"];
const PUBLISHERS = 32;
const READERS = 8;

/** 32 publishers and 8 readers on 4 channels, over as many lives of the server as a test wants. */
export class DurableLoad {
  readonly publishers: Publishers;
  readonly readers = range(READERS).map((index) =>
    new SseReader({ channel: CHANNELS[index % CHANNELS.length]!, query: "since=0" })
  );
  #publishing: Promise<void> | undefined;
  #reading: Promise<StreamEnd[]> | undefined;

  /** @param padding Characters that make each body longer. */
  constructor(padding = 0) {
    this.publishers = new Publishers({ count: PUBLISHERS, channels: CHANNELS, padding });
  }

  /** Connects everyone and resolves when `count` more publications have been acknowledged. */
  async begin(port: number, count: number): Promise<void> {
    this.#reading = Promise.all(this.readers.map((reader) => reader.read(port)));
    this.#publishing = this.publishers.run(port);
    const goal = this.publishers.acknowledged + count;
    await this.publishers.until(({ acknowledged }) => acknowledged >= goal, {
      what: `${count} publications to be acknowledged`,
    });
  }

  /** How each reader's stream ended, once the server has gone. */
  async ended(): Promise<readonly StreamEnd[]> {
    await this.#publishing;
    return await this.#reading ?? [];
  }

  /**
   * The final account with a server that is up again: every reader catches up with the end of a
   * last load, every log is read, and each must be what it has to be.
   */
  async settle(port: number): Promise<Account> {
    await this.begin(port, 100);
    this.publishers.stop();
    await this.#publishing;
    const logs = new Map(
      await inParallel(
        CHANNELS,
        async (channel) => [channel, await readLog(port, channel)] as const,
      ),
    );
    for (const [channel, log] of logs) assertGapless(channel, log);
    for (const reader of this.readers) await assertReadAll(reader, logs.get(reader.channel)!);
    for (const reader of this.readers) reader.close();
    await this.ended();
    return settle(this.publishers.sent, logs);
  }
}

function assertGapless(channel: string, { top, publications }: ReadLog): void {
  const offsets = publications.map(({ offset }) => offset);
  assertEquals(offsets, range(top).map((index) => index + 1), `the offsets of ${channel}`);
}

/** Over all its connections the reader got each publication once, in order, and lost no position. */
async function assertReadAll(reader: SseReader, { top, publications }: ReadLog): Promise<void> {
  await reader.until(({ position }) => position.offset >= top, { what: "a reader" });
  assertEquals(reader.resets, [], "positions that were lost");
  assertEquals(reader.offsets, publications.map(({ offset }) => offset), "the offsets read");
  assertEquals(reader.data, publications.map(({ data }) => String(data)), "what was read");
}

/** No promise was broken: nothing lost, nothing twice, no refusal a lie. */
export function assertKept({ lost, repeated, lies, strange }: Account): void {
  assertEquals({ lost, repeated, lies, strange }, { lost: 0, repeated: 0, lies: 0, strange: 0 });
}
