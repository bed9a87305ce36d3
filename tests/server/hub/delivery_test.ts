import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Appended } from "../../../server/history/mod.ts";
import { Delivery, Hub } from "../../../server/hub/mod.ts";
import type { Outgoing } from "../../../server/hub/mod.ts";
import { PLAIN_PROTOCOL } from "../../../server/protocol/mod.ts";
import { handedOut, publish, ScriptedLog, stubLog, subscribeMany, text, upTo } from "./recorder.ts";

function outgoing(offset: number): Outgoing {
  return { publication: { offset, time: 0, payload: text(offset) }, publisher: undefined };
}

function delivery(...offsets: readonly number[]): Delivery {
  return new Delivery({ channel: "news", epoch: "epoch", hasHistory: true }, offsets.map(outgoing));
}

function offsetsOf({ outgoing }: Delivery): number[] {
  return outgoing.map(({ publication }) => publication.offset);
}

Deno.test("Delivery knows its first and last offset, and 0 without any", () => {
  const { firstOffset, lastOffset } = delivery(4, 5, 6);
  assertEquals([firstOffset, lastOffset], [4, 6]);
  assertEquals([delivery().firstOffset, delivery().lastOffset], [0, 0]);
});

Deno.test("Delivery.after cuts off what was seen", () => {
  assertEquals(offsetsOf(delivery(4, 5, 6).after(4)), [5, 6]);
  assertEquals(offsetsOf(delivery(4, 5, 6).after(5)), [6]);
  assertEquals(offsetsOf(delivery(4, 5, 6).after(6)), []);
  assertEquals(delivery(4, 5, 6).after(4).epoch, "epoch");
});

Deno.test("Delivery.after is the delivery itself when nothing of it was seen", () => {
  const whole = delivery(4, 5, 6);
  assertStrictEquals(whole.after(3), whole);
  assertStrictEquals(whole.after(0), whole);
});

Deno.test("Delivery encodes once for each protocol, one frame for each publication", () => {
  let encoded = 0;
  const counting = { name: "counting", encode: () => ++encoded };
  const whole = delivery(1, 2, 3);
  assertEquals(whole.frames(counting), [1, 2, 3]);
  assertStrictEquals(whole.frames(counting), whole.frames(counting));
  assertEquals(encoded, 3);
  assertEquals(whole.frames(PLAIN_PROTOCOL), ["1", "2", "3"]);
});

Deno.test("Delivery joins its frames once for each protocol that can", () => {
  let joins = 0;
  const protocol = {
    name: "joining",
    encode: ({ offset }: { readonly offset: number }) => `${offset}`,
    join: (frames: readonly string[]) => `${frames.join("+")} joined ${++joins}`,
  };
  const whole = delivery(1, 2, 3);
  assertEquals(whole.joined(protocol), "1+2+3 joined 1");
  assertEquals(whole.joined(protocol), "1+2+3 joined 1");
});

Deno.test("Delivery tells its protocol the epoch", () => {
  const protocol = { name: "epochs", encode: (_: unknown, { epoch }: { epoch: string }) => epoch };
  assertEquals(delivery(1, 2).frames(protocol), ["epoch", "epoch"]);
});

Deno.test("Hub cuts a burst into deliveries of at most 128 publications", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const [recorder] = subscribeMany(hub, "a", 1);
  await publish(hub, "a", upTo(400));
  await handedOut();
  assertEquals(recorder?.deliveries.map(({ outgoing }) => outgoing.length), [128, 128, 128, 16]);
});

Deno.test("Hub cuts a burst of large publications into deliveries that a socket can take", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const [recorder] = subscribeMany(hub, "a", 1);
  await publish(hub, "a", upTo(20).map(() => "x".repeat(65_536)));
  await handedOut();
  const deliveries = recorder?.deliveries ?? [];
  assertEquals(deliveries.map(({ outgoing }) => outgoing.length), [4, 4, 4, 4, 4]);
  assert(deliveries.every(({ bytes }) => bytes >= 4 * 65_536 && bytes < 5 * 65_536));
});

Deno.test("Hub puts publications of two epochs into two deliveries", async () => {
  const answers = (["old", "new", "new"] as const).map((epoch, index): Appended => ({
    kind: "stored",
    position: { epoch, offset: [9, 1, 2][index] ?? 0 },
  }));
  const hub = new Hub({ log: stubLog({ append: () => Promise.resolve(answers) }) });
  const [recorder] = subscribeMany(hub, "a", 1);
  await publish(hub, "a", upTo(3));
  await handedOut();
  const deliveries = recorder?.deliveries.map((one) => [one.epoch, ...offsetsOf(one)]);
  assertEquals(deliveries, [["old", 9], ["new", 1, 2]]);
});
