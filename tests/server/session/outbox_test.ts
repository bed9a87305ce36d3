import { assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import { Flusher, type Flushers } from "../../../server/session/flusher.ts";
import { Outbox } from "../../../server/session/outbox.ts";

function flushers(): Flushers {
  return { soon: new Flusher(queueMicrotask), turnEnd: new Flusher(setImmediate) };
}

/** An outbox, and the frames that it hands to the transport. */
function scene(): { outbox: Outbox; frames: string[] } {
  const frames: string[] = [];
  const outbox = new Outbox({
    codec: CENTRIFUGE_JSON,
    flushers: flushers(),
    transmit: (frame) => frames.push(String(frame)),
    maxKeptBytes: 1_000,
    onFull: () => {},
  });
  return { outbox, frames };
}

Deno.test("Outbox makes one frame of what is sent in one go", async () => {
  const { outbox, frames } = scene();
  outbox.send("1");
  outbox.send("2");
  assertEquals(frames, []);
  await Promise.resolve();
  outbox.send("3");
  await Promise.resolve();
  assertEquals(frames, ["1\n2", "3"]);
});

Deno.test("Outbox.gather makes one frame of what is sent in the whole turn", async () => {
  const { outbox, frames } = scene();
  outbox.gather();
  outbox.send("1");
  for (let microtask = 0; microtask < 50; microtask++) await Promise.resolve();
  outbox.send("2");
  assertEquals(frames, []);
  await new Promise((resolve) => setImmediate(resolve));
  assertEquals(frames, ["1\n2"]);
  outbox.send("3");
  await Promise.resolve();
  assertEquals(frames, ["1\n2", "3"]);
});

Deno.test("Outbox.gather holds back no more than one frame may have", () => {
  const { outbox, frames } = scene();
  outbox.gather();
  outbox.send("x".repeat(40_000));
  assertEquals(frames.length, 0);
  outbox.send("x".repeat(40_000));
  assertEquals(frames.map(({ length }) => length), [80_001]);
});

Deno.test("Outbox.flush sends what waits, and nothing comes after it", async () => {
  const { outbox, frames } = scene();
  outbox.send("1");
  outbox.flush();
  assertEquals(frames, ["1"]);
  await Promise.resolve();
  outbox.flush();
  assertEquals(frames, ["1"]);
});

Deno.test("Outbox.cork keeps back what is sent, but not what was sent before", async () => {
  const { outbox, frames } = scene();
  outbox.send("before");
  outbox.cork();
  assertEquals(frames, ["before"]);
  outbox.send("1");
  outbox.send("2");
  await Promise.resolve();
  assertEquals(frames, ["before"]);
});

Deno.test("Outbox.uncork sends what comes first, then what was kept back, in one frame", () => {
  const { outbox, frames } = scene();
  outbox.cork();
  outbox.send("2");
  outbox.send("3");
  outbox.uncork("1");
  assertEquals(frames, ["1\n2\n3"]);
});

Deno.test("Outbox.uncork sends nothing when nothing was kept back", () => {
  const { outbox, frames } = scene();
  outbox.cork();
  outbox.uncork();
  assertEquals(frames, []);
});

Deno.test("Outbox.flush does not send what is kept back: its answer would come behind it", () => {
  const { outbox, frames } = scene();
  outbox.cork();
  outbox.send("a publication");
  outbox.flush();
  assertEquals(frames, []);
  outbox.uncork("the answer");
  assertEquals(frames, ["the answer\na publication"]);
});

Deno.test("Outbox shares a flusher, and each sends its own", async () => {
  const shared = { codec: CENTRIFUGE_JSON, flushers: flushers() };
  const frames: string[] = [];
  const outboxes = ["a", "b"].map((name) =>
    new Outbox({
      ...{ ...shared, maxKeptBytes: 1_000, onFull: () => {} },
      transmit: (frame) => frames.push(`${name}: ${String(frame)}`),
    })
  );
  for (const text of ["1", "2"]) for (const outbox of outboxes) outbox.send(text);
  await Promise.resolve();
  assertEquals(frames, ["a: 1\n2", "b: 1\n2"]);
  outboxes[0]?.send("3");
  await Promise.resolve();
  assertEquals(frames, ["a: 1\n2", "b: 1\n2", "a: 3"]);
});
