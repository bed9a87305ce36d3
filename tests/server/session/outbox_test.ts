import { assertEquals } from "@std/assert";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import { Outbox } from "../../../server/session/outbox.ts";

/** An outbox, and the frames that it hands to the transport. */
function scene(): { outbox: Outbox; frames: string[] } {
  const frames: string[] = [];
  const outbox = new Outbox({
    codec: CENTRIFUGE_JSON,
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

Deno.test("Outbox delivers at once what nothing waits before", () => {
  const { outbox, frames } = scene();
  outbox.deliver("1");
  outbox.deliver("2");
  assertEquals(frames, ["1", "2"]);
});

Deno.test("Outbox delivers behind what was sent", async () => {
  const { outbox, frames } = scene();
  outbox.send("1");
  outbox.deliver("2");
  assertEquals(frames, []);
  await Promise.resolve();
  assertEquals(frames, ["1\n2"]);
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

Deno.test("Outbox.cork keeps back what is sent and delivered, but not what was sent before", async () => {
  const { outbox, frames } = scene();
  outbox.send("before");
  outbox.cork();
  assertEquals(frames, ["before"]);
  outbox.send("1");
  outbox.deliver("2");
  await Promise.resolve();
  assertEquals(frames, ["before"]);
});

Deno.test("Outbox.uncork sends what comes first, then what was kept back, in one frame", () => {
  const { outbox, frames } = scene();
  outbox.cork();
  outbox.send("2");
  outbox.deliver("3");
  outbox.uncork("1");
  assertEquals(frames, ["1\n2\n3"]);
  outbox.deliver("4");
  assertEquals(frames, ["1\n2\n3", "4"]);
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
  outbox.deliver("a publication");
  outbox.flush();
  assertEquals(frames, []);
  outbox.uncork("the answer");
  assertEquals(frames, ["the answer\na publication"]);
});
