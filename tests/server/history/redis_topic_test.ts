import { assertEquals } from "@std/assert";
import type { EntryPage } from "../../../server/history/redis_log.ts";
import type { RedisEntry } from "../../../server/history/redis_record.ts";
import { RedisTopic } from "../../../server/history/redis_topic.ts";
import { fromTo } from "./contract/requirement.ts";

function entry(offset: number): RedisEntry {
  const payload = { kind: "text", text: `${offset}` } as const;
  return { publication: { offset, time: 0, payload }, mark: {}, node: undefined };
}

/** A log of one channel, and what a topic made of it. */
class Stage {
  readonly said: string[] = [];
  readonly topic: RedisTopic;
  log: EntryPage = page("e", []);
  keeps = true;
  readonly #reads: PromiseWithResolvers<void>[] = [];

  constructor() {
    this.topic = new RedisTopic({
      ...{ channel: "a", node: "12345678", keeps: () => this.keeps, onError: () => {} },
      receiver: {
        isBusy: () => false,
        take: (_channel, epoch, brought) =>
          this.said.push(`${epoch}:${brought.map(({ publication }) => publication.offset)}`),
        moved: (_channel, { epoch, offset }) => this.said.push(`moved ${epoch}:${offset}`),
      },
      read: async (since) => {
        const reading = Promise.withResolvers<void>();
        this.#reads.push(reading);
        await reading.promise;
        const entries = this.log.entries.filter(({ publication }) => publication.offset > since);
        return { ...this.log, entries };
      },
    });
    this.topic.beginAt({ epoch: "e", offset: 0 });
  }

  hear(...offsets: number[]): void {
    this.topic.hear({ kind: "stored", epoch: "e", entries: offsets.map(entry) });
  }

  /** Lets the log answer until all is read. */
  async answer(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) {
      this.#reads.shift()?.resolve();
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

function page(epoch: string, offsets: readonly number[], top = offsets.at(-1) ?? 0): EntryPage {
  return { top: { epoch, offset: top }, hasMore: false, entries: offsets.map(entry) };
}

Deno.test("RedisTopic brings what it hears, and what it hears twice once", () => {
  const stage = new Stage();
  stage.hear(1, 2);
  stage.hear(2, 3);
  stage.hear(1);
  assertEquals(stage.said, ["e:1,2", "e:3"]);
});

Deno.test("RedisTopic reads what it has missed before it brings what comes behind it", async () => {
  const stage = new Stage();
  stage.hear(1);
  stage.log = page("e", fromTo(1, 5));
  stage.hear(5);
  stage.hear(6);
  stage.log = page("e", fromTo(1, 6));
  assertEquals(stage.said, ["e:1"]);
  await stage.answer();
  stage.hear(7);
  assertEquals(stage.said, ["e:1", "e:2,3,4,5,6", "e:7"]);
});

Deno.test("RedisTopic tells where it goes on when what it has missed is not kept any more", async () => {
  const stage = new Stage();
  stage.hear(1);
  stage.log = page("e", [8, 9]);
  stage.hear(9);
  await stage.answer();
  assertEquals(stage.said, ["e:1", "moved e:7", "e:8,9"]);
});

Deno.test("RedisTopic tells of a gap where nothing is kept, and reads nothing", () => {
  const stage = new Stage();
  stage.keeps = false;
  stage.hear(1);
  stage.hear(4);
  assertEquals(stage.said, ["e:1", "moved e:3", "e:4"]);
});

Deno.test("RedisTopic tells of a new epoch, and brings all of it", async () => {
  const stage = new Stage();
  stage.hear(1);
  stage.log = page("f", [1, 2]);
  const caughtUp = stage.topic.catchUp();
  await stage.answer();
  await caughtUp;
  stage.topic.hear({ kind: "reset", epoch: "g" });
  assertEquals(stage.said, ["e:1", "moved f:0", "f:1,2", "moved g:0"]);
});
