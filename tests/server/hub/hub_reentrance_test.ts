import { assertEquals } from "@std/assert";
import { Hub } from "../../../server/hub/mod.ts";
import {
  handedOut,
  publish,
  Recorder,
  ScriptedLog,
  subscribeMany,
  text,
  upTo,
} from "./recorder.ts";

function newHub(): Hub {
  return new Hub({ log: new ScriptedLog() });
}

Deno.test("Hub lets a subscriber unsubscribe in the middle of a delivery", async () => {
  const hub = newHub();
  const [before, leaving, after] = [new Recorder(), new Recorder(), new Recorder()];
  hub.subscribe("a", before);
  const subscription = hub.subscribe("a", leaving);
  hub.subscribe("a", after);
  leaving.onDeliver = () => hub.unsubscribe(subscription);
  // More than one delivery takes.
  await publish(hub, "a", upTo(200));
  await handedOut();
  assertEquals([before.offsets, after.offsets], [upTo(200), upTo(200)]);
  assertEquals(leaving.offsets, upTo(128));
});

Deno.test("Hub lets a subscriber throw another out in the middle of a delivery", async () => {
  const hub = newHub();
  const [first, second, third] = [new Recorder(), new Recorder(), new Recorder()];
  hub.subscribe("a", first);
  const subscription = hub.subscribe("a", second);
  hub.subscribe("a", third);
  first.onDeliver = () => hub.unsubscribe(subscription);
  await publish(hub, "a", [1, 2]);
  await handedOut();
  assertEquals([first.offsets, second.offsets, third.offsets], [[1, 2], [], [1, 2]]);
});

Deno.test("Hub gives who subscribes in the middle of a delivery what comes after it", async () => {
  const hub = newHub();
  const [recorder, newcomer] = [new Recorder(), new Recorder()];
  hub.subscribe("a", recorder);
  recorder.onDeliver = () => {
    recorder.onDeliver = () => {};
    hub.subscribe("a", newcomer);
  };
  await publish(hub, "a", [1]);
  await handedOut();
  assertEquals(newcomer.offsets, []);
  await publish(hub, "a", [2]);
  await handedOut();
  assertEquals(newcomer.offsets, [2]);
});

Deno.test("Hub takes what is published in the middle of a delivery", async () => {
  const hub = newHub();
  const recorder = new Recorder();
  hub.subscribe("a", recorder);
  recorder.onDeliver = ({ lastOffset }) => {
    if (lastOffset < 5) hub.publish({ channel: "a", payload: text("again") });
  };
  await publish(hub, "a", [1]);
  await handedOut();
  assertEquals(recorder.offsets, upTo(5));
});

Deno.test("Hub survives the last subscriber leaving in the middle of a delivery", async () => {
  const hub = newHub();
  const recorder = new Recorder();
  const subscription = hub.subscribe("a", recorder);
  recorder.onDeliver = () => hub.unsubscribe(subscription);
  await publish(hub, "a", upTo(200));
  await handedOut();
  assertEquals([recorder.offsets.length, hub.channels()], [128, []]);
  const [newcomer] = subscribeMany(hub, "a", 1);
  await publish(hub, "a", ["new"]);
  await handedOut();
  assertEquals(newcomer?.texts, ["new"]);
});

Deno.test("Hub survives a subscriber leaving in its own acknowledgement", async () => {
  const hub = newHub();
  const recorder = new Recorder();
  const subscription = hub.subscribe("a", recorder);
  const onAppended = () => hub.unsubscribe(subscription);
  hub.publish({ channel: "a", payload: text(1), publisher: recorder, onAppended });
  hub.publish({ channel: "a", payload: text(2) });
  await hub.stored();
  await handedOut();
  assertEquals([recorder.offsets, hub.channels()], [[], []]);
});

Deno.test("Hub keeps a channel that was begun anew when an old subscription is ended twice", async () => {
  const hub = newHub();
  const old = hub.subscribe("a", new Recorder());
  hub.unsubscribe(old);
  const [newcomer] = subscribeMany(hub, "a", 1);
  hub.unsubscribe(old);
  await publish(hub, "a", [1]);
  await handedOut();
  assertEquals(newcomer?.offsets, [1]);
});
