import { assertEquals } from "@std/assert";
import type { Identity } from "../../../server/auth/mod.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { ClientScene, NOTHING, repliesOf } from "./client_scene.ts";

const BAD_REQUEST = "close 3501 bad request";

Deno.test("ClientSession leaves nothing behind of a connected client that broke the protocol", async () => {
  using scene = new ClientScene();
  const socket = await scene.connected();
  socket.receive('{"id":2,"subscribe":{"channel":"a"}}');
  await turns(5);
  assertEquals([...scene.hub.presence.of("a")].length, 1);
  socket.receive("{}");
  assertEquals(socket.wire.at(-1), BAD_REQUEST);
  socket.end(3501);
  assertEquals(scene.remains, NOTHING);
  assertEquals(scene.hub.presence.of("a").size, 0);
});

Deno.test("ClientSession answers a subscription once that is ended in the same frame", async () => {
  using scene = new ClientScene();
  const socket = await scene.connected();
  socket.receive('{"id":2,"subscribe":{"channel":"a"}}\n{"id":3,"unsubscribe":{"channel":"a"}}');
  await turns(20);
  assertEquals(repliesOf(socket), [
    '{"id":2,"error":{"code":100,"message":"internal server error","temporary":true}}',
    '{"id":3,"unsubscribe":{}}',
  ]);
  assertEquals([scene.hub.presence.of("a").size, scene.hub.channels()], [0, []]);
});

Deno.test("ClientSession forgets a client that proved too large while it was being identified", async () => {
  const verified = Promise.withResolvers<void>();
  const value: Identity = {
    user: "u",
    expiresAt: undefined,
    info: undefined,
    subscriptions: new Map(),
  };
  using scene = new ClientScene({
    verifier: { verifyConnection: () => verified.promise.then(() => ({ kind: "valid", value })) },
  });
  const socket = scene.open();
  socket.receive('{"id":1,"connect":{"token":"t"}}');
  socket.receive("x".repeat(65_537));
  socket.end();
  verified.resolve();
  await turns(20);
  assertEquals(scene.remains, NOTHING);
});
