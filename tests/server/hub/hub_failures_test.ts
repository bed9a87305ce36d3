import { assertEquals } from "@std/assert";
import type { Appended } from "../../../server/history/mod.ts";
import { Hub } from "../../../server/hub/mod.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import {
  handedOut,
  publish,
  publishOne,
  ScriptedLog,
  stubLog,
  subscribeMany,
  text,
  upTo,
} from "./recorder.ts";

const FAILED: Appended = { kind: "failed", reason: "disk full" };

Deno.test("Hub reports a publication that could not be stored, and does not deliver it", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  const [recorder] = subscribeMany(hub, "a", 1);
  log.answer = (drafts) => Promise.resolve(drafts.map(() => FAILED));
  assertEquals(await publishOne(hub, { channel: "a" }), FAILED);
  await handedOut();
  assertEquals(recorder?.deliveries, []);
});

Deno.test("Hub delivers of a batch what was stored, and nothing else of it", async () => {
  const position = (offset: number): Appended => ({
    kind: "stored",
    position: { epoch: "e", offset },
  });
  const outcomes = [position(1), FAILED, position(2)];
  const hub = new Hub({ log: stubLog({ append: () => Promise.resolve(outcomes) }) });
  const [recorder] = subscribeMany(hub, "a", 1);
  await publish(hub, "a", ["one", "lost", "two"]);
  await handedOut();
  assertEquals(recorder?.texts, ["one", "two"]);
});

Deno.test("Hub goes on when a log breaks its promise and rejects", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  const [recorder] = subscribeMany(hub, "a", 1);
  log.answer = () => Promise.reject(new Error("broken"));
  const reason = "Error: broken";
  assertEquals(await publishOne(hub, { channel: "a" }), { kind: "failed", reason });
  log.answer = undefined;
  assertEquals((await publishOne(hub, { channel: "a" })).kind, "stored");
  await handedOut();
  assertEquals(recorder?.offsets, [1]);
});

Deno.test("Hub goes on when a log throws at once", async () => {
  const append = (): Promise<readonly Appended[]> => {
    throw new Error("broken");
  };
  const hub = new Hub({ log: stubLog({ append }) });
  assertEquals((await publishOne(hub, { channel: "a" })).kind, "failed");
  await hub.stored();
});

Deno.test("Hub takes an answer that is missing for a failure", async () => {
  const answers: readonly Appended[] = [{ kind: "stored", position: { epoch: "e", offset: 1 } }];
  const hub = new Hub({ log: stubLog({ append: () => Promise.resolve(answers) }) });
  const outcomes = [publishOne(hub, { channel: "a" }), publishOne(hub, { channel: "a" })];
  assertEquals((await Promise.all(outcomes)).map(({ kind }) => kind), ["stored", "failed"]);
});

Deno.test("Hub.stored resolves when storing has failed", async () => {
  const log = new ScriptedLog();
  log.answer = () => Promise.reject(new Error("broken"));
  await publish(new Hub({ log }), "a", upTo(3));
});

Deno.test("Hub tells once that storing fails, and once that it works again", async () => {
  const log = new ScriptedLog();
  const told: (string | undefined)[] = [];
  const hub = new Hub({ log, onStoring: (failure) => told.push(failure) });
  await publish(hub, "a", [1]);
  assertEquals(told, []);
  log.answer = (drafts) => Promise.resolve(drafts.map(() => FAILED));
  for (const value of upTo(3)) await publish(hub, "a", [value]);
  log.answer = undefined;
  for (const value of upTo(3)) await publish(hub, "a", [value]);
  assertEquals(told, ["disk full", undefined]);
});

Deno.test("Hub is overloaded while more waits to be stored than may", async () => {
  const log = new ScriptedLog();
  const stored = Promise.withResolvers<void>();
  log.gate = stored.promise;
  const hub = new Hub({ log, maxBacklogBytes: 10_000 });
  for (let times = 0; times < 9; times++) {
    hub.publish({ channel: "a", payload: text("x".repeat(1_000)) });
  }
  assertEquals(hub.isOverloaded, false);
  hub.publish({ channel: "a", payload: text("x".repeat(1_000)) });
  assertEquals(hub.isOverloaded, true);
  await turns(10);
  assertEquals(hub.isOverloaded, true);
  stored.resolve();
  await hub.stored();
  await handedOut();
  assertEquals(hub.isOverloaded, false);
});

Deno.test("Hub is overloaded while more waits to be handed out than may", async () => {
  const hub = new Hub({ log: new ScriptedLog(), maxBacklogBytes: 10_000 });
  subscribeMany(hub, "a", 2_000);
  await publish(hub, "a", upTo(20).map(() => "x".repeat(1_000)));
  assertEquals(hub.isOverloaded, true);
  await turns(2_000);
  assertEquals(hub.isOverloaded, false);
});

Deno.test("Hub counts what failed as waiting no longer", async () => {
  const log = new ScriptedLog();
  log.answer = (drafts) => Promise.resolve(drafts.map(() => FAILED));
  const hub = new Hub({ log, maxBacklogBytes: 1_000 });
  for (const value of upTo(100)) await publish(hub, "a", [`${value}`.repeat(100)]);
  assertEquals(hub.isOverloaded, false);
});

Deno.test("Hub counts what nobody wanted any more as waiting no longer", async () => {
  const hub = new Hub({ log: new ScriptedLog(), maxBacklogBytes: 10_000 });
  const recorders = subscribeMany(hub, "a", 600);
  const last = hub.subscribe("a", recorders[0] ?? recorders[1]!);
  await publish(hub, "a", upTo(20).map(() => "x".repeat(1_000)));
  hub.unsubscribe(last);
  await turns(2_000);
  assertEquals(hub.isOverloaded, false);
});
