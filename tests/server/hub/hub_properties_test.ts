import { assert, assertEquals } from "@std/assert";
import type { Subscription } from "../../../server/hub/mod.ts";
import { Hub } from "../../../server/hub/mod.ts";
import { FakeClock, turns } from "../../lifecycle/fake_clock.ts";
import { integer, pick, seededRandom, SEEDS } from "../../lifecycle/seeded_random.ts";
import { Recorder, ScriptedLog, text } from "./recorder.ts";

const CHANNELS: readonly [string, ...string[]] = ["a", "b"];

/** How a subscription ended, or that it has not. */
type Ending = "open" | "leaving" | "left" | "dropped";

/** One subscription and what it has to get: what is stored while it is subscribed. */
class Expectation {
  readonly recorder = new Recorder();
  readonly channel: string;
  readonly expected: number[] = [];
  ending: Ending = "open";
  /** How many publications had been accepted when it began to leave. */
  leftAfter = Infinity;
  readonly #hub: Hub;
  readonly #subscription: Subscription;
  #atEnd = 0;

  constructor(hub: Hub, channel: string) {
    this.#hub = hub;
    this.channel = channel;
    this.#subscription = hub.subscribe(channel, this.recorder);
  }

  /** Ends at once. */
  drop(): void {
    if (this.ending !== "open" && this.ending !== "leaving") return;
    this.ending = "dropped";
    this.#hub.unsubscribe(this.#subscription);
    this.#atEnd = this.recorder.offsets.length;
  }

  /** Ends when it has got everything of before. */
  leave(accepted: number): void {
    if (this.ending !== "open") return;
    this.ending = "leaving";
    this.leftAfter = accepted;
    this.#hub.leave(this.#subscription, () => {
      assertEquals(this.ending, "leaving");
      this.ending = "left";
      this.#atEnd = this.recorder.offsets.length;
    });
  }

  check(): void {
    const { offsets } = this.recorder;
    assertEquals(offsets, this.expected.slice(0, offsets.length));
    if (this.ending === "open") return assertEquals(offsets.length, this.expected.length);
    assertEquals(offsets.length, this.#atEnd);
    if (this.ending === "dropped") return;
    assertEquals(this.ending, "left");
    assert(offsets.length >= this.#due, `${offsets.length} of ${this.#due}`);
  }

  #due = 0;

  /** The publication that was accepted as `number`-th of all is stored, under this offset. */
  stored(offset: number, number: number): void {
    if (this.ending === "left" || this.ending === "dropped") return;
    this.expected.push(offset);
    if (number <= this.leftAfter) this.#due = this.expected.length;
  }
}

/** A random story of a hub, and the simplest account of what must come of it. */
class Story {
  readonly expectations: Expectation[] = [];
  readonly #hub = new Hub({ log: new ScriptedLog() });
  readonly #random: () => number;
  readonly #clock: FakeClock;
  #published = 0;

  constructor(random: () => number, clock: FakeClock) {
    this.#random = random;
    this.#clock = clock;
  }

  async play(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) await this.#step();
    await this.#hub.stored();
    await turns(3_000);
  }

  async #step(): Promise<void> {
    const dice = this.#random();
    if (dice < 0.3) this.#publish();
    else if (dice < 0.55) this.#subscribe();
    else if (dice < 0.7) this.#leave();
    else await turns(1);
  }

  #publish(): void {
    const channel = pick(this.#random, CHANNELS);
    for (let count = integer(this.#random, 40); count > 0; count--) {
      const number = ++this.#published;
      this.#hub.publish({
        channel,
        payload: text(number),
        onAppended: (appended) => {
          assert(appended.kind === "stored");
          for (const expectation of this.expectations) {
            if (expectation.channel !== channel) continue;
            expectation.stored(appended.position.offset, number);
          }
        },
      });
    }
  }

  #subscribe(): void {
    for (let count = integer(this.#random, 25); count > 0; count--) {
      const expectation = new Expectation(this.#hub, pick(this.#random, CHANNELS));
      this.expectations.push(expectation);
      expectation.recorder.onDeliver = () => {
        this.#clock.stall(this.#random());
        if (this.#random() < 0.02) expectation.drop();
        if (this.#random() < 0.02) this.#leave();
      };
    }
  }

  #leave(): void {
    const open = this.expectations.filter(({ ending }) => ending === "open");
    const leaving = open[integer(this.#random, open.length)];
    if (this.#random() < 0.3) leaving?.drop();
    else leaving?.leave(this.#published);
  }
}

for (const seed of SEEDS) {
  Deno.test(`Hub does what the model does whatever happens in between, story ${seed}`, async () => {
    using clock = new FakeClock();
    const story = new Story(seededRandom(seed), clock);
    await story.play(120);
    assert(story.expectations.some(({ expected }) => expected.length > 100));
    for (const expectation of story.expectations) expectation.check();
  });
}
