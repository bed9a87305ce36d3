import { assert, assertEquals } from "@std/assert";
import { Traffic } from "../../../server/metrics/mod.ts";
import type { CountedSession } from "../../../server/session/mod.ts";
import { QueueWatch } from "../../../server/session/mod.ts";
import { integer, seededRandom, SEEDS } from "../../lifecycle/seeded_random.ts";

/** A session of which only the queue matters. */
class Reader implements CountedSession {
  readonly traffic = new Traffic("websocket");
  isEnding = false;

  constructor(readonly scene: Scene, public bytes: number) {}

  get queuedBytes(): number {
    this.scene.asked += 1;
    return this.bytes;
  }

  expel(): boolean {
    if (this.isEnding) return false;
    this.isEnding = true;
    return true;
  }

  close(): void {}
  giveUp(): void {}
}

/** A watch with a limit of 1000 bytes, and everybody that it watches. */
class Scene implements Disposable {
  readonly readers: Reader[] = [];
  readonly cuts: { readonly clients: number; readonly bytes: number }[] = [];
  asked = 0;
  moved = 0;
  maxBytes = 1_000;
  isStopping = false;
  readonly watch = new QueueWatch({
    sessions: this.readers,
    movedBytes: () => this.moved,
    maxBytes: () => this.maxBytes,
    isStopping: () => this.isStopping,
    onCut: (cut) => void this.cuts.push(cut),
  });

  /** More waits for some; it was sent, so it has moved. */
  queue(...bytes: readonly number[]): void {
    this.readers.push(...bytes.map((each) => new Reader(this, each)));
    for (const each of bytes) this.moved += each;
  }

  get ending(): number[] {
    return this.readers.filter(({ isEnding }) => isEnding).map(({ bytes }) => bytes);
  }

  [Symbol.dispose](): void {
    this.watch[Symbol.dispose]();
  }
}

Deno.test("QueueWatch asks nobody as long as too little has moved to be near the limit", () => {
  using scene = new Scene();
  scene.queue(100, 100);
  scene.watch.look();
  assertEquals(scene.asked, 0);
  scene.queue(100);
  scene.watch.look();
  assertEquals(scene.asked, 3);
  for (let count = 0; count < 10; count++) scene.watch.look();
  assertEquals(scene.asked, 3);
});

Deno.test("QueueWatch ends the largest queues first, until half of the limit is left", () => {
  using scene = new Scene();
  scene.queue(10, 300, 50, 200, 250, 40);
  scene.watch.look();
  assertEquals(scene.ending, [300, 250]);
  assertEquals(scene.cuts, [{ clients: 2, bytes: 850 }]);
  assert(!scene.watch.isFull);
});

Deno.test("QueueWatch counts who is ending already, and ends nobody else for it", () => {
  using scene = new Scene();
  scene.queue(400, 400, 100);
  scene.watch.look();
  assertEquals(scene.ending, [400]);
  for (let count = 0; count < 5; count++) scene.watch.look();
  assertEquals([scene.ending, scene.cuts.length], [[400], 1]);
});

Deno.test("QueueWatch is full as long as more waits than may, also with those who are ending", () => {
  using scene = new Scene();
  scene.queue(600, 600);
  assert(!scene.watch.isFull, "nobody has looked");
  scene.watch.look();
  assertEquals([scene.watch.isFull, scene.ending], [true, [600, 600]]);
  scene.readers.pop();
  scene.watch.look();
  assert(!scene.watch.isFull);
});

Deno.test("QueueWatch leaves everybody alone in a stop, and without a limit", () => {
  using scene = new Scene();
  scene.isStopping = true;
  scene.queue(5_000);
  scene.watch.look();
  assertEquals([scene.watch.isFull, scene.ending], [false, []]);
  scene.isStopping = false;
  scene.maxBytes = 0;
  scene.watch.look();
  assertEquals([scene.watch.isFull, scene.ending], [false, []]);
  scene.maxBytes = 2_000;
  scene.watch.look();
  assertEquals([scene.watch.isFull, scene.ending], [true, [5_000]]);
});

Deno.test("QueueWatch leaves at most half of the limit, and nobody with more than who had to go", () => {
  for (const seed of SEEDS) {
    using scene = new Scene();
    const random = seededRandom(seed);
    const sizes = Array.from({ length: 1 + integer(random, 60) }, () => integer(random, 100));
    scene.queue(...sizes);
    scene.watch.look();
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    const left = scene.readers.filter(({ isEnding }) => !isEnding).map(({ bytes }) => bytes);
    if (total <= 750) assertEquals(scene.ending, [], `seed ${seed}`);
    else {
      assert(left.reduce((sum, bytes) => sum + bytes, 0) <= 500, `seed ${seed}`);
      assert(Math.max(...left) <= Math.min(...scene.ending), `seed ${seed}`);
      const last = Math.min(...scene.ending);
      assert(left.reduce((sum, bytes) => sum + bytes, last) > 500, `seed ${seed}: one too many`);
    }
  }
});
