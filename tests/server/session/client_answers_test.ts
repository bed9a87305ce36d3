import { assert, assertEquals, assertLess } from "@std/assert";
import { turns } from "../../lifecycle/fake_clock.ts";
import { waitFor } from "../../helpers/wait.ts";
import { upTo } from "../hub/recorder.ts";
import { ClientScene, NOTHING, repliesOf } from "./client_scene.ts";
import type { FakeSocket } from "./fake_socket.ts";

const SLOW = "close 3008 slow";
const MIB = 1_048_576;

/** What a peer has that reads nothing. */
function stopReading(socket: FakeSocket): void {
  const send = socket.send.bind(socket);
  socket.send = (frame) => {
    send(frame);
    socket.bufferedAmount += frame.length;
  };
}

function sizeOf({ wire }: FakeSocket): number {
  return wire.reduce((sum, frame) => sum + frame.length, 0);
}

Deno.test("ClientSession makes no more answers to one frame than its queue holds", async () => {
  using scene = new ClientScene();
  const socket = await scene.connected();
  for (const n of upTo(1_000)) {
    scene.hub.presence.add("a", { user: `user ${n}`, client: crypto.randomUUID() });
  }
  stopReading(socket);
  socket.receive(upTo(1_500).map((id) => `{"id":${id},"presence":{"channel":"a"}}`).join("\n"));
  assertEquals(socket.wire.at(-1), SLOW);
  assertLess(sizeOf(socket), 2 * MIB);
});

Deno.test("ClientSession joins small answers to one frame, and sends large ones as they come", async () => {
  using scene = new ClientScene();
  const socket = await scene.connected();
  scene.hub.presence.add("a", { user: "u".repeat(30_000), client: "c" });
  const count = socket.wire.length;
  socket.receive(upTo(5).map((id) => `{"id":${id},"presence":{"channel":"a"}}`).join("\n"));
  await turns(1);
  assertEquals(socket.wire.length, count + 2);
  assertEquals(repliesOf(socket).length, 5);
});

Deno.test("ClientSession waits with a page of history until the ones before are taken", async () => {
  using scene = new ClientScene();
  const socket = await scene.connected();
  const payload = { kind: "json", text: `"${"x".repeat(60_000)}"` } as const;
  for (const _ of upTo(20)) scene.hub.publish({ channel: "a", payload });
  await scene.hub.stored();
  stopReading(socket);
  const commands = upTo(10).map((id) => `{"id":${id + 1},"history":{"channel":"a","limit":-1}}`);
  socket.receive(commands.join("\n"));
  for (const id of upTo(10)) {
    await waitFor(() => repliesOf(socket).length >= id, { what: `answer ${id}` });
    await turns(20);
    const replies = repliesOf(socket);
    assertEquals(replies.length, id, "answers so far");
    assert(replies.at(-1)?.startsWith(`{"id":${id + 1},"history"`));
    socket.bufferedAmount = 0;
  }
  assertEquals(scene.registry.size, 1);
});

Deno.test("ClientSession that waits with an answer is gone as soon as its peer is", async () => {
  using scene = new ClientScene();
  const socket = await scene.connected();
  socket.bufferedAmount = MIB;
  socket.receive('{"id":2,"history":{"channel":"a","limit":-1}}');
  await turns(5);
  socket.end(0);
  await waitFor(() => scene.registry.size === 0, { what: "its end", deadlineMs: 2_000 });
  assertEquals(scene.remains, NOTHING);
});

Deno.test("ClientSession keeps back at most what its queue holds while a client connects", async () => {
  const verified = { user: "", expiresAt: undefined, info: undefined } as const;
  const subscriptions = new Map([["a", {}], ["b", {}]]);
  using scene = new ClientScene({
    verifier: {
      verifyConnection: () =>
        Promise.resolve({ kind: "valid", value: { ...verified, subscriptions } }),
    },
  });
  const gate = Promise.withResolvers<void>();
  const tops = scene.log.tops.bind(scene.log);
  scene.log.tops = async (channels) => {
    if (channels[0] === "b") await gate.promise;
    return await tops(channels);
  };
  const socket = scene.open();
  socket.receive('{"id":1,"connect":{"token":"t"}}');
  await turns(10);
  const payload = { kind: "json", text: `"${"x".repeat(60_000)}"` } as const;
  for (const _ of upTo(30)) scene.hub.publish({ channel: "a", payload });
  await turns(60);
  assertEquals(socket.wire, [SLOW]);
  gate.resolve();
  await turns(10);
  assertEquals([socket.wire, scene.errors], [[SLOW], []]);
});
