import { assertEquals } from "@std/assert";
import type { Subscription } from "../../../server/hub/mod.ts";
import { Hub } from "../../../server/hub/mod.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import {
  handedOut,
  publish,
  Recorder,
  ScriptedLog,
  subscribeMany,
  text,
  upTo,
} from "./recorder.ts";
import { fromTo, hubWith, Resumer } from "./resumer.ts";

/** One subscriber of channel `a` that is going to leave, and what it had when it had left. */
class Leaver {
  readonly recorder = new Recorder();
  readonly subscription: Subscription;
  /** What it had got each time when it was told that it had left. */
  readonly left: number[][] = [];
  readonly #hub: Hub;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.subscription = hub.subscribe("a", this.recorder);
  }

  leave(): void {
    this.#hub.leave(this.subscription, () => this.left.push(this.recorder.offsets));
  }
}

/** A hub that hands out to a crowd, with one behind it that has got nothing yet. */
async function behindACrowd(count = 30): Promise<{ hub: Hub; leaver: Leaver }> {
  const hub = new Hub({ log: new ScriptedLog() });
  subscribeMany(hub, "a", 100);
  const leaver = new Leaver(hub);
  await publish(hub, "a", upTo(count));
  assertEquals(leaver.recorder.offsets, []);
  return { hub, leaver };
}

Deno.test("Hub.leave is over at once when nothing waits", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const leaver = new Leaver(hub);
  await publish(hub, "a", [1, 2]);
  leaver.leave();
  assertEquals([leaver.left, hub.channels()], [[[1, 2]], []]);
});

Deno.test("Hub.leave is over when everything that was handed out has come to the leaver", async () => {
  const { hub, leaver } = await behindACrowd();
  leaver.leave();
  assertEquals(leaver.left, []);
  await handedOut();
  assertEquals(leaver.left, [upTo(30)]);
  assertEquals(hub.channels(), [{ channel: "a", subscribers: 100 }]);
});

Deno.test("Hub.leave is over when the last of several deliveries has come to the leaver", async () => {
  const { leaver } = await behindACrowd(200);
  leaver.leave();
  await turns(1_000);
  assertEquals(leaver.left, [upTo(200)]);
});

Deno.test("Hub.leave hands over what was accepted before it, even if it is not stored yet", async () => {
  const log = new ScriptedLog();
  const stored = Promise.withResolvers<void>();
  log.gate = stored.promise;
  const hub = new Hub({ log });
  const leaver = new Leaver(hub);
  for (const value of upTo(5)) hub.publish({ channel: "a", payload: text(value) });
  leaver.leave();
  await turns(10);
  assertEquals(leaver.left, []);
  stored.resolve();
  await handedOut();
  assertEquals(leaver.left, [upTo(5)]);
});

Deno.test("Hub.leave hands over what was accepted before it, over many batches", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const leaver = new Leaver(hub);
  for (const value of upTo(5_000)) hub.publish({ channel: "a", payload: text(value) });
  leaver.leave();
  await turns(2_000);
  assertEquals(leaver.left, [upTo(5_000)]);
});

Deno.test("Hub.leave hands over nothing that is published after it has ended", async () => {
  const { hub, leaver } = await behindACrowd();
  leaver.leave();
  await handedOut();
  await publish(hub, "a", [31, 32]);
  await handedOut();
  assertEquals(leaver.recorder.offsets, upTo(30));
});

Deno.test("Hub.leave is over when nothing could be stored", async () => {
  const log = new ScriptedLog();
  log.answer = () => Promise.reject(new Error("disk full"));
  const hub = new Hub({ log });
  const leaver = new Leaver(hub);
  hub.publish({ channel: "a", payload: text(1) });
  leaver.leave();
  await handedOut();
  assertEquals(leaver.left, [[]]);
});

Deno.test("Hub.leave is over for everyone who leaves at once", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const leavers = upTo(300).map(() => new Leaver(hub));
  for (const value of upTo(40)) hub.publish({ channel: "a", payload: text(value) });
  for (const leaver of leavers) leaver.leave();
  await turns(1_000);
  for (const { left } of leavers) assertEquals(left, [upTo(40)]);
  assertEquals(hub.channels(), []);
});

Deno.test("Hub.leave does not wait for what others have still to get", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const leaver = new Leaver(hub);
  const crowd = subscribeMany(hub, "a", 300);
  await publish(hub, "a", upTo(30));
  assertEquals([leaver.recorder.offsets, crowd[299]?.offsets], [upTo(30), []]);
  leaver.leave();
  assertEquals(leaver.left, [upTo(30)]);
  await handedOut();
  assertEquals(crowd[299]?.offsets, upTo(30));
});

Deno.test("Hub.unsubscribe cuts a leave short, and nobody is told that it is over", async () => {
  const { hub, leaver } = await behindACrowd();
  leaver.leave();
  hub.unsubscribe(leaver.subscription);
  await handedOut();
  assertEquals([leaver.left, leaver.recorder.offsets], [[], []]);
});

Deno.test("Hub.unsubscribe cuts a leave short that waits for the log", async () => {
  const log = new ScriptedLog();
  const stored = Promise.withResolvers<void>();
  log.gate = stored.promise;
  const hub = new Hub({ log });
  const leaver = new Leaver(hub);
  hub.publish({ channel: "a", payload: text(1) });
  leaver.leave();
  hub.unsubscribe(leaver.subscription);
  stored.resolve();
  await handedOut();
  assertEquals([leaver.left, leaver.recorder.offsets, hub.channels()], [[], [], []]);
});

Deno.test("Hub.leave of who has unsubscribed is never over", () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const leaver = new Leaver(hub);
  hub.unsubscribe(leaver.subscription);
  leaver.leave();
  assertEquals([leaver.left, hub.channels()], [[], []]);
});

Deno.test("Hub.leave lets a subscriber leave in the middle of a delivery", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const leaver = new Leaver(hub);
  const [after] = subscribeMany(hub, "a", 1);
  leaver.recorder.onDeliver = () => {
    leaver.recorder.onDeliver = () => {};
    leaver.leave();
  };
  await publish(hub, "a", upTo(100));
  await handedOut();
  assertEquals([leaver.left, after?.offsets], [[upTo(100)], upTo(100)]);
});

Deno.test("Hub.leave of a replay that is live hands over what waits", async () => {
  const { hub } = await hubWith({ count: 3 });
  subscribeMany(hub, "a", 100);
  const resumer = new Resumer();
  const subscription = hub.resume("a", resumer, { kind: "last", count: 3 });
  await handedOut();
  await publish(hub, "a", upTo(30));
  let left: string[] = [];
  hub.leave(subscription, () => left = [...resumer.story]);
  await handedOut();
  assertEquals(left, ["begin 0", ...fromTo(1, 33)]);
});

Deno.test("Hub.leave cuts a replay short that is under way: it can be resumed", async () => {
  const { hub, epoch } = await hubWith({ count: 1_000 });
  subscribeMany(hub, "a", 100);
  const resumer = new Resumer();
  const ready = Promise.withResolvers<void>();
  resumer.onDrained = () => ready.promise;
  const subscription = hub.resume("a", resumer, { kind: "since", offset: 0, epoch });
  await handedOut();
  await publish(hub, "a", upTo(30));
  let isOver = false;
  hub.leave(subscription, () => {
    isOver = true;
    resumer.isGone = true;
  });
  assertEquals([isOver, hub.channels()], [true, [{ channel: "a", subscribers: 100 }]]);
  const { length } = resumer.offsets;
  ready.resolve();
  await handedOut();
  assertEquals(resumer.offsets, upTo(length));
});
