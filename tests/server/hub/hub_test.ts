import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Hub } from "../../../server/hub/mod.ts";
import { PLAIN_PROTOCOL } from "../../../server/protocol/mod.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import {
  handedOut,
  publish,
  publishOne,
  Recorder,
  ScriptedLog,
  subscribeMany,
  text,
  upTo,
} from "./recorder.ts";

function newHub(): Hub {
  return new Hub({ log: new ScriptedLog() });
}

Deno.test("Hub delivers to every subscriber of the channel, in the order of publishing", async () => {
  const hub = newHub();
  const recorders = subscribeMany(hub, "a", 5);
  await publish(hub, "a", upTo(100));
  await handedOut();
  for (const { texts, offsets } of recorders) {
    assertEquals(texts, upTo(100).map(String));
    assertEquals(offsets, upTo(100));
  }
});

Deno.test("Hub delivers nothing of another channel", async () => {
  const hub = newHub();
  const [recorder] = subscribeMany(hub, "a", 1);
  await publish(hub, "b", ["x"]);
  await publish(hub, "A", ["x"]);
  await handedOut();
  assertEquals(recorder?.deliveries, []);
});

Deno.test("Hub delivers to a subscriber what is stored after it subscribed, and no more", async () => {
  const hub = newHub();
  await publish(hub, "a", ["before"]);
  const [recorder] = subscribeMany(hub, "a", 1);
  await publish(hub, "a", ["after"]);
  await handedOut();
  assertEquals(recorder?.texts, ["after"]);
});

Deno.test("Hub delivers nothing after unsubscribe", async () => {
  const hub = newHub();
  const [recorder, other] = [new Recorder(), new Recorder()];
  const subscription = hub.subscribe("a", recorder);
  hub.subscribe("a", other);
  await publish(hub, "a", [1]);
  hub.unsubscribe(subscription);
  await publish(hub, "a", [2]);
  await handedOut();
  assertEquals([recorder.offsets, other.offsets], [[1], [1, 2]]);
});

Deno.test("Hub delivers twice to who subscribes twice", async () => {
  const hub = newHub();
  const recorder = new Recorder();
  hub.subscribe("a", recorder);
  hub.subscribe("a", recorder);
  await publish(hub, "a", [1, 2]);
  await handedOut();
  assertEquals(recorder.offsets, [1, 2, 1, 2]);
});

Deno.test("Hub tells who published, and undefined where nobody said", async () => {
  const hub = newHub();
  const [recorder] = subscribeMany(hub, "a", 1);
  const publisher = {};
  hub.publish({ channel: "a", payload: text(1), publisher });
  hub.publish({ channel: "a", payload: text(2) });
  await hub.stored();
  await handedOut();
  assertStrictEquals(recorder?.publishers[0], publisher);
  assertStrictEquals(recorder?.publishers[1], undefined);
});

Deno.test("Hub stores first, then acknowledges, then delivers", async () => {
  const log = new ScriptedLog();
  const stored = Promise.withResolvers<void>();
  log.gate = stored.promise;
  const hub = new Hub({ log });
  const events: string[] = [];
  const recorder = new Recorder();
  recorder.onDeliver = () => events.push("delivered");
  hub.subscribe("a", recorder);
  const onAppended = () => events.push("acknowledged");
  hub.publish({ channel: "a", payload: text(1), onAppended });
  await turns(10);
  assertEquals([log.batches.length, events], [1, []]);
  stored.resolve();
  await handedOut();
  assertEquals(events, ["acknowledged", "delivered"]);
});

Deno.test("Hub acknowledges with the position in the log", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  await publish(hub, "a", [1, 2]);
  const [top] = await log.tops(["a"]);
  const position = { epoch: top?.epoch ?? "", offset: 3 };
  assertEquals(await publishOne(hub, { channel: "a" }), { kind: "stored", position });
});

Deno.test("Hub stores with the time of its clock", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log, now: () => 1_234 });
  const [recorder] = subscribeMany(hub, "a", 1);
  await publish(hub, "a", [1]);
  await handedOut();
  assertEquals(log.batches[0]?.[0]?.time, 1_234);
  assertEquals(recorder?.deliveries[0]?.outgoing[0]?.publication.time, 1_234);
});

Deno.test("Hub stores what is published in one turn of the event loop in one batch", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  for (const value of upTo(50)) hub.publish({ channel: `c${value % 3}`, payload: text(value) });
  await hub.stored();
  assertEquals(log.batches.map((batch) => batch.length), [50]);
});

Deno.test("Hub bounds a batch, keeps the order over batches and stores all of it", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  await publish(hub, "a", upTo(5_000));
  assert(log.batches.length > 1 && log.batches.every((batch) => batch.length <= 2_048));
  const stored = log.batches.flat().map(({ payload }) => payload.kind === "text" && payload.text);
  assertEquals(stored, upTo(5_000).map(String));
});

Deno.test("Hub gives the log one batch at a time", async () => {
  const log = new ScriptedLog();
  const stored = Promise.withResolvers<void>();
  log.gate = stored.promise;
  const hub = new Hub({ log });
  hub.publish({ channel: "a", payload: text(1) });
  await turns();
  hub.publish({ channel: "a", payload: text(2) });
  await turns(10);
  assertEquals(log.batches.length, 1);
  stored.resolve();
  await hub.stored();
  assertEquals(log.batches.length, 2);
});

Deno.test("Hub.stored resolves at once when there is nothing to store", async () => {
  await newHub().stored();
});

Deno.test("Hub.stored waits for what is published while it waits", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  let isStored = false;
  hub.publish({
    channel: "a",
    payload: text(1),
    onAppended: () => hub.publish({ channel: "a", payload: text(2), onAppended }),
  });
  const onAppended = () => isStored = true;
  await hub.stored();
  assertEquals(isStored, true);
});

Deno.test("Hub stores a publication that nobody subscribes to", async () => {
  const log = new ScriptedLog();
  await publish(new Hub({ log }), "a", [1]);
  assertEquals((await log.tops(["a"]))[0]?.offset, 1);
});

Deno.test("Hub lets subscribers of one protocol share the encoded frames", async () => {
  const hub = newHub();
  const [one, two] = subscribeMany(hub, "a", 2);
  await publish(hub, "a", upTo(3));
  await handedOut();
  const framesOf = (recorder?: Recorder) => recorder?.deliveries[0]?.frames(PLAIN_PROTOCOL);
  assertStrictEquals(framesOf(one), framesOf(two));
});

Deno.test("Hub does not deliver a repeat or a conflict, and tells the publisher of it", async () => {
  const hub = newHub();
  const [recorder] = subscribeMany(hub, "a", 1);
  const under = (digest: string) => ({ channel: "a", idempotency: { key: "k", digest } });
  const kinds = [
    (await publishOne(hub, under("one"))).kind,
    (await publishOne(hub, under("one"))).kind,
    (await publishOne(hub, under("two"))).kind,
  ];
  await handedOut();
  assertEquals(kinds, ["stored", "repeated", "conflict"]);
  assertEquals(recorder?.offsets, [1]);
});

Deno.test("Hub lists the channels in use with their subscribers", () => {
  const hub = newHub();
  subscribeMany(hub, "a", 2);
  subscribeMany(hub, "b", 1);
  assertEquals(hub.channels(), [
    { channel: "a", subscribers: 2 },
    { channel: "b", subscribers: 1 },
  ]);
});

Deno.test("Hub forgets a channel when its last subscriber has left", async () => {
  const hub = newHub();
  const [one, two] = [hub.subscribe("a", new Recorder()), hub.subscribe("a", new Recorder())];
  await publish(hub, "a", [1]);
  await handedOut();
  hub.unsubscribe(one);
  assertEquals(hub.channels().length, 1);
  hub.unsubscribe(two);
  assertEquals(hub.channels(), []);
});

Deno.test("Hub remembers no channel for being published to", async () => {
  const hub = newHub();
  await publish(hub, "a", upTo(10));
  await handedOut();
  assertEquals(hub.channels(), []);
});

Deno.test("Hub takes a subscriber to a channel that it has just forgotten", async () => {
  const hub = newHub();
  hub.unsubscribe(hub.subscribe("a", new Recorder()));
  const [recorder] = subscribeMany(hub, "a", 1);
  await publish(hub, "a", [1]);
  await handedOut();
  assertEquals(recorder?.offsets, [1]);
});
