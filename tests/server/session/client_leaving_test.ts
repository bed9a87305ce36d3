import { assertEquals } from "@std/assert";
import { turns } from "../../lifecycle/fake_clock.ts";
import { handedOut, publish, subscribeMany, upTo } from "../hub/recorder.ts";
import { ClientScene, repliesOf } from "./client_scene.ts";

const SHUTDOWN = "close 3001 shutdown";

/** A scene with one subscriber behind a crowd that has not been handed everything. */
async function behindACrowd(scene: ClientScene) {
  const socket = await scene.connected();
  subscribeMany(scene.hub, "a", 100);
  socket.receive('{"id":2,"subscribe":{"channel":"a"}}');
  await turns(5);
  await publish(scene.hub, "a", upTo(200));
  return socket;
}

Deno.test("ClientSession that is leaving closes although it unsubscribes", async () => {
  using scene = new ClientScene();
  const socket = await behindACrowd(scene);
  for (const connection of scene.registry.beginDrain({ joined() {}, left() {} })) {
    connection.close("flush");
  }
  socket.receive('{"id":3,"unsubscribe":{"channel":"a"}}');
  await handedOut();
  assertEquals(socket.wire.at(-1), SHUTDOWN);
  assertEquals(repliesOf(socket).at(-2), '{"id":3,"unsubscribe":{}}');
});
