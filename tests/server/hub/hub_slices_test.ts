import { assert, assertEquals } from "@std/assert";
import type { Subscription } from "../../../server/hub/mod.ts";
import { Hub } from "../../../server/hub/mod.ts";
import { FakeClock, turns } from "../../lifecycle/fake_clock.ts";
import { handedOut, publish, Recorder, ScriptedLog, subscribeMany, upTo } from "./recorder.ts";

/** Sends after which a turn is over at the latest. */
const SENDS_PER_TURN = 64;

interface Crowd {
  readonly hub: Hub;
  readonly recorders: readonly Recorder[];
  readonly subscriptions: readonly Subscription[];
}

/** A hub in the middle of handing out: of 100 subscribers the first have all, the others nothing. */
async function inTheMiddle(): Promise<Crowd> {
  const hub = new Hub({ log: new ScriptedLog() });
  const recorders = upTo(100).map(() => new Recorder());
  const subscriptions = recorders.map((recorder) => hub.subscribe("a", recorder));
  await publish(hub, "a", upTo(30));
  assertEquals([recorders[0]?.offsets, recorders[99]?.offsets], [upTo(30), []]);
  return { hub, recorders, subscriptions };
}

Deno.test("Hub hands out no more in one turn of the event loop than it may", async () => {
  const { recorders } = await inTheMiddle();
  const sent = recorders.reduce((sum, { offsets }) => sum + offsets.length, 0);
  assert(sent <= SENDS_PER_TURN + 30, `${sent} were sent in one turn`);
  await handedOut();
  for (const { offsets } of recorders) assertEquals(offsets, upTo(30));
});

Deno.test("Hub keeps the order when it is published to while it hands out", async () => {
  const { hub, recorders } = await inTheMiddle();
  for (const batch of upTo(20)) await publish(hub, "a", upTo(batch));
  await turns(1_000);
  const total = 30 + upTo(20).reduce((sum, count) => sum + count, 0);
  for (const { offsets } of recorders) assertEquals(offsets, upTo(total));
});

Deno.test("Hub.unsubscribe hands over nothing more", async () => {
  const { hub, recorders, subscriptions } = await inTheMiddle();
  hub.unsubscribe(subscriptions[99]!);
  await handedOut();
  assertEquals(recorders[99]?.offsets, []);
  assertEquals(recorders[98]?.offsets, upTo(30));
});

Deno.test("Hub gives who subscribes in the middle nothing of what is being handed out", async () => {
  const { hub } = await inTheMiddle();
  const [newcomer] = subscribeMany(hub, "a", 1);
  await handedOut();
  assertEquals(newcomer?.offsets, []);
  await publish(hub, "a", [31]);
  await handedOut();
  assertEquals(newcomer?.offsets, [31]);
});

Deno.test("Hub forgets a channel whose last subscriber leaves in the middle, and begins it anew", async () => {
  const { hub, subscriptions } = await inTheMiddle();
  for (const subscription of subscriptions) hub.unsubscribe(subscription);
  assertEquals(hub.channels(), [{ channel: "a", subscribers: 0 }]);
  const [newcomer] = subscribeMany(hub, "a", 1);
  await handedOut();
  await publish(hub, "a", [31]);
  await handedOut();
  assertEquals(newcomer?.offsets, [31]);
  assertEquals(hub.channels(), [{ channel: "a", subscribers: 1 }]);
});

Deno.test("Hub does not let a large channel hold up a small one", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  subscribeMany(hub, "large", 1_000);
  const [small] = subscribeMany(hub, "small", 1);
  await publish(hub, "large", upTo(320));
  await publish(hub, "small", [1]);
  await turns(3);
  assertEquals(small?.offsets, [1]);
});

Deno.test("Hub ends a turn when its time is over, however few it has sent", async () => {
  using clock = new FakeClock();
  const hub = new Hub({ log: new ScriptedLog() });
  const recorders = subscribeMany(hub, "a", 200);
  for (const recorder of recorders) recorder.onDeliver = () => clock.stall(1);
  await publish(hub, "a", [1]);
  const reached = recorders.filter(({ offsets }) => offsets.length > 0).length;
  assert(reached <= 32, `${reached} subscribers were reached in one turn`);
  await handedOut();
  for (const { offsets } of recorders) assertEquals(offsets, [1]);
});

Deno.test("Hub ends a turn when its time is over, over many channels too", async () => {
  using clock = new FakeClock();
  const hub = new Hub({ log: new ScriptedLog() });
  const recorders = upTo(20).flatMap((channel) => subscribeMany(hub, `c${channel}`, 50));
  for (const recorder of recorders) recorder.onDeliver = () => clock.stall(1);
  for (const channel of upTo(20)) {
    hub.publish({ channel: `c${channel}`, payload: { kind: "text", text: "1" } });
  }
  await hub.stored();
  const reached = recorders.filter(({ offsets }) => offsets.length > 0).length;
  assert(reached <= 32, `${reached} subscribers were reached in one turn`);
});

Deno.test("Hub forgets a channel that everyone left in the middle when it has handed it out", async () => {
  const { hub, subscriptions } = await inTheMiddle();
  for (const subscription of subscriptions) hub.unsubscribe(subscription);
  await handedOut();
  assertEquals(hub.channels(), []);
});
