import { assertEquals } from "@std/assert";
import { Hub } from "../../../server/hub/mod.ts";
import {
  handedOut,
  publishOne,
  Recorder,
  ScriptedLog,
  stubLog,
  subscribeMany,
  text,
} from "./recorder.ts";
import { turns } from "../../lifecycle/fake_clock.ts";

Deno.test("Hub.publish past the log stores nothing, and delivers without an offset", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  const [recorder] = subscribeMany(hub, "a", 1);
  const appended = await publishOne(hub, { channel: "a", isTransient: true });
  await handedOut();
  assertEquals(appended, { kind: "stored", position: { epoch: "", offset: 0 } });
  assertEquals([recorder?.offsets, recorder?.texts, log.batches], [[0], ["value"], []]);
});

Deno.test("Hub.publish past the log needs no log", async () => {
  const hub = new Hub({ log: stubLog({}) });
  const [recorder] = subscribeMany(hub, "a", 1);
  await publishOne(hub, { channel: "a", isTransient: true });
  await handedOut();
  assertEquals(recorder?.texts, ["value"]);
});

Deno.test("Hub.publish past the log keeps the order, in deliveries of their own", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const [recorder] = subscribeMany(hub, "a", 1);
  for (const [index, isTransient] of [false, true, true, false].entries()) {
    hub.publish({ channel: "a", payload: text(index), isTransient });
  }
  await handedOut();
  assertEquals(recorder?.texts, ["0", "1", "2", "3"]);
  assertEquals(
    recorder?.deliveries.map(({ isTransient, outgoing }) => [isTransient, outgoing.length]),
    [
      ...[[false, 1], [true, 2], [false, 1]],
    ],
  );
  assertEquals(recorder?.offsets, [1, 0, 0, 2]);
});

Deno.test("Hub.publish past the log goes on when the log fails", async () => {
  const log = new ScriptedLog();
  log.answer = () => Promise.reject(new Error("disk full"));
  const hub = new Hub({ log });
  const [recorder] = subscribeMany(hub, "a", 1);
  const [stored, passed] = await Promise.all(
    [false, true].map((isTransient) => publishOne(hub, { channel: "a", isTransient })),
  );
  await handedOut();
  assertEquals([stored?.kind, passed?.kind, recorder?.offsets], ["failed", "stored", [0]]);
});

Deno.test("Hub.publish tells subscribers who published, and what was said about it", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  const recorder = new Recorder();
  hub.subscribe("a", recorder);
  const about = { info: { user: "42", client: "c" }, tags: { kind: "note" } };
  await publishOne(hub, { channel: "a", ...about });
  await publishOne(hub, { channel: "a", ...about, isTransient: true });
  await publishOne(hub, { channel: "a" });
  await handedOut();
  const told = recorder.deliveries.flatMap(({ outgoing }) =>
    outgoing.map(({ publication: { info, tags } }) => ({ info, tags }))
  );
  assertEquals(told, [about, about, { info: undefined, tags: undefined }]);
  const [first, second] = log.batches.flat();
  assertEquals([first?.tags, second && "tags" in second], [about.tags, false]);
});

Deno.test("Hub.publish hands the idempotency and the version on to the log", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  const version = { number: 3, epoch: "v" };
  await publishOne(hub, { channel: "a", version });
  assertEquals(log.batches.flat().map((draft) => draft.version), [version]);
});

Deno.test("Hub.whenSettled tells at once when nothing is under way", () => {
  const hub = new Hub({ log: new ScriptedLog() });
  let isSettled = false;
  hub.whenSettled(() => isSettled = true);
  assertEquals(isSettled, true);
});

Deno.test("Hub.whenSettled tells when all that was accepted is acknowledged, no later", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  const story: string[] = [];
  const add = (name: string) =>
    hub.publish({ channel: "a", payload: text(1), onAppended: () => story.push(name) });
  add("one");
  hub.whenSettled(() => story.push("settled"));
  await turns(1);
  add("two");
  await hub.stored();
  assertEquals(story, ["one", "settled", "two"]);
});

Deno.test("Hub.whenSettled tells also when nothing could be stored", async () => {
  const log = new ScriptedLog();
  log.answer = () => Promise.reject(new Error("disk full"));
  const hub = new Hub({ log });
  let isSettled = false;
  hub.publish({ channel: "a", payload: text(1) });
  hub.whenSettled(() => isSettled = true);
  assertEquals(isSettled, false);
  await hub.stored();
  assertEquals(isSettled, true);
});
