import { assert, assertEquals } from "@std/assert";
import type { Subscription } from "../../../server/hub/mod.ts";
import { Hub } from "../../../server/hub/mod.ts";
import { FakeClock, turns } from "../../lifecycle/fake_clock.ts";
import { integer, pick, seededRandom, SEEDS } from "../../lifecycle/seeded_random.ts";
import { Recorder, ScriptedLog, text } from "./recorder.ts";

const CHANNELS: readonly [string, ...string[]] = ["a", "b"];

/** How a subscription ended, or that it has not. */
type Ending = "open" | "flush" | "drop";

/** One subscription and what it has to get: what is stored while it is subscribed. */
class Expectation {
  readonly recorder = new Recorder();
  readonly channel: string;
  readonly subscription: Subscription;
  readonly expected: number[] = [];
  ending: Ending = "open";
  #atEnd = 0;

  constructor(hub: Hub, channel: string) {
    this.channel = channel;
    this.subscription = hub.subscribe(channel, this.recorder);
  }

  leave(hub: Hub, how: "flush" | "drop"): void {
    if (this.ending !== "open") return;
    this.ending = how;
    hub.unsubscribe(this.subscription, how);
    this.#atEnd = this.recorder.offsets.length;
  }

  check(): void {
    const { offsets } = this.recorder;
    if (this.ending !== "drop") return assertEquals(offsets, this.expected);
    assertEquals(offsets, this.expected.slice(0, offsets.length));
    assertEquals(offsets.length, this.#atEnd);
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
      this.#hub.publish({
        channel,
        payload: text(++this.#published),
        onAppended: (appended) => {
          assert(appended.kind === "stored");
          const { offset } = appended.position;
          for (const expectation of this.expectations) {
            if (expectation.channel !== channel || expectation.ending !== "open") continue;
            expectation.expected.push(offset);
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
        if (this.#random() < 0.02) expectation.leave(this.#hub, "drop");
        if (this.#random() < 0.02) this.#leave();
      };
    }
  }

  #leave(): void {
    const open = this.expectations.filter(({ ending }) => ending === "open");
    const leaving = open[integer(this.#random, open.length)];
    leaving?.leave(this.#hub, this.#random() < 0.5 ? "flush" : "drop");
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
