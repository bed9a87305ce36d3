import { assertEquals, assertLess } from "@std/assert";
import { RecoveryQueue } from "../../../server/session/recovery_queue.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { publish, upTo } from "../hub/recorder.ts";
import { ClientRoom } from "./client_room.ts";

const INSECURE = { isInsecure: true };

Deno.test("RecoveryQueue lets one after the other begin, and takes so many", async () => {
  const queue = new RecoveryQueue(() => 3);
  const gates = upTo(4).map(() => Promise.withResolvers<void>());
  const begun: number[] = [];
  const add = (index: number) =>
    queue.add(() => {
      begun.push(index);
      return gates[index]?.promise ?? Promise.resolve();
    });
  assertEquals([0, 1, 2, 3].map(add), [true, true, true, false]);
  await turns(2);
  assertEquals(begun, [0]);
  gates[0]?.resolve();
  await turns(2);
  assertEquals([begun, add(3), add(3)], [[0, 1], true, false]);
  for (const { resolve } of gates) resolve();
  await turns(5);
  assertEquals(begun, [0, 1, 2, 3]);
});

Deno.test("ClientSession refuses recoveries when too many wait that are over already", async () => {
  using room = new ClientRoom({ client: { ...INSECURE, channelLimit: 10 } });
  await publish(room.hub, "a", [1]);
  const peer = await room.connected();
  // What was sent is not taken: the first recovery waits, and all others for it.
  peer.socket.bufferedAmount = 1_000_000;
  const subscribe = { channel: "a", recover: true };
  const pairs = upTo(30).flatMap(() => [{ subscribe }, { unsubscribe: { channel: "a" } }]);
  const replies = await peer.ask(...pairs);
  const codes = replies.flatMap(({ error }) => error === undefined ? [] : [error.code]);
  assertEquals(codes, [...Array(10).fill(100), ...Array(20).fill(111)]);
  peer.socket.bufferedAmount = 0;
});

Deno.test("ClientSubscription keeps nothing of a request that it does not need", async () => {
  const count = 3_000;
  using room = new ClientRoom({ client: { ...INSECURE, channelLimit: count } });
  const peer = await room.connected();
  const before = Deno.memoryUsage().heapUsed;
  for (const n of upTo(count)) {
    const long = `${n}`.padEnd(20_000, "x");
    const request = `{"channel":"c${n}","epoch":"${long}","data":"${long}","else":"${long}"}`;
    const frame = new TextEncoder().encode(`{"id":${n + 1},"subscribe":${request}}`);
    peer.socket.receive(new TextDecoder().decode(frame));
  }
  await turns(5);
  assertEquals(room.client.subscriptions.size, count);
  // The requests are 180 MB.
  assertLess(Deno.memoryUsage().heapUsed - before, 60_000_000);
});
