import { assertEquals } from "@std/assert";
import { turns } from "../../lifecycle/fake_clock.ts";
import { ClientRoom } from "./client_room.ts";

const PUBLISH = { publish: { channel: "a", data: { x: 1 } } };

/** The error code that a command is answered with, or nothing. */
async function codeOf(room: ClientRoom, command: object): Promise<number | undefined> {
  const peer = await room.connected();
  const [reply] = await peer.ask(command);
  return reply.error?.code;
}

Deno.test("publish is answered once the publication is stored, and reaches subscribers", async () => {
  using room = new ClientRoom();
  const peer = await room.connectedAs("42", { info: '{"name":"Ada"}' });
  await peer.ask({ subscribe: { channel: "a" } });
  const disk = Promise.withResolvers<void>();
  room.log.gate = disk.promise;
  peer.send(PUBLISH);
  assertEquals(await peer.news(), []);
  disk.resolve();
  const [client] = room.environment.clients.ofUser("42");
  const info = { user: "42", client: client?.id, conn_info: { name: "Ada" } };
  assertEquals(await peer.news(), [
    { id: 3, publish: {} },
    { push: { channel: "a", pub: { data: { x: 1 }, info, offset: 1 } } },
  ]);
});

Deno.test("publish does not hold up what comes behind it", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  room.log.gate = turns(20);
  const news = await peer.ask(PUBLISH, PUBLISH, { presence: { channel: "a" } });
  assertEquals(news.map(({ id }) => id), [4, 2, 3]);
});

Deno.test("publish is answered with 100 when it is not stored, and reaches nobody", async () => {
  using room = new ClientRoom();
  const peer = await room.subscribed({ channel: "a" });
  room.log.answer = (drafts) =>
    Promise.resolve(drafts.map(() => ({ kind: "failed", reason: "disk full" })));
  const news = await peer.ask(PUBLISH);
  assertEquals(news.map(({ error }) => [error.code, error.temporary]), [[100, true]]);
});

Deno.test("publish is refused with 111 while more waits than may", async () => {
  using room = new ClientRoom({}, { maxBacklogBytes: 100 });
  const peer = await room.connected();
  const news = await peer.ask(PUBLISH, PUBLISH, PUBLISH);
  assertEquals(news.map(({ id, error }) => [id, error?.code]), [
    ...[[4, 111], [2, undefined], [3, undefined]],
  ]);
  assertEquals((await peer.ask(PUBLISH))[0].publish, {});
});

const SUBSCRIBERS_ONLY = { allowPublishForClient: false };

Deno.test("publish is refused with 103 for who may not", async () => {
  using room = new ClientRoom({ channel: SUBSCRIBERS_ONLY });
  assertEquals(await codeOf(room, PUBLISH), 103);
  const peer = await room.subscribed({ channel: "a" });
  assertEquals((await peer.ask(PUBLISH))[0].publish, {});
});

for (
  const [format, data, code] of [
    ["", undefined, 107],
    ["", "text", undefined],
    ["json", 1, undefined],
    ["json_object", [1], 107],
    ["json_object", { x: 1 }, undefined],
  ] as const
) {
  const told = `${JSON.stringify(data)} where the format is "${format}"`;
  Deno.test(`publish of ${told} is answered with ${code ?? "a result"}`, async () => {
    using room = new ClientRoom({ channel: { publicationDataFormat: format } });
    assertEquals(await codeOf(room, { publish: { channel: "a", data } }), code);
  });
}

for (
  const [command, code] of [
    [{ publish: { channel: "other:a", data: 1 } }, 102],
    [{ publish: { channel: "a b", data: 1 } }, 107],
    [{ publish: { channel: "a", data: 1, type: 1 } }, 108],
    [{ presence: { channel: "other:a" } }, 102],
    [{ presence: { channel: "off:a" } }, 108],
    [{ presence: { channel: "secret:a" } }, 103],
    [{ presence_stats: { channel: "off:a" } }, 108],
    [{ presence_stats: { channel: "secret:a" } }, 103],
    [{ history: { channel: "other:a" } }, 102],
    [{ history: { channel: "off:a" } }, 108],
    [{ history: { channel: "secret:a" } }, 103],
    [{ unsubscribe: { channel: "other:a" } }, 102],
  ] as const
) {
  Deno.test(`${Object.keys(command)[0]} ${JSON.stringify(command)} is refused with ${code}`, async () => {
    const secret = {
      ...{ allowPresenceForClient: false, allowPresenceForSubscriber: false },
      ...{ allowHistoryForClient: false, allowHistoryForSubscriber: false },
    };
    const off = { presence: false, historySize: 0 };
    using room = new ClientRoom({ namespaces: { secret, off } });
    assertEquals(await codeOf(room, command), code);
  });
}

for (
  const method of [
    ...["subscribe", "unsubscribe", "publish", "presence", "presence_stats", "history"],
    "sub_refresh",
  ]
) {
  Deno.test(`${method} without a channel ends the connection with 3501`, async () => {
    using room = new ClientRoom();
    const peer = await room.connected();
    assertEquals(await peer.ask({ [method]: { token: "x" } }), ["close 3501 bad request"]);
  });
}

Deno.test("presence tells who is there, and presence_stats how many", async () => {
  using room = new ClientRoom();
  const one = await room.subscribed({ channel: "a" });
  const [reply, stats] = await one.ask(
    ...[{ presence: { channel: "a" } }, { presence_stats: { channel: "a" } }],
  );
  const { id } = room.client;
  assertEquals(reply.presence, { presence: { [id]: { user: "", client: id } } });
  assertEquals(stats.presence_stats, { num_clients: 1, num_users: 1 });
  await room.subscribed({ channel: "a" });
  const [two] = await one.ask({ presence_stats: { channel: "a" } });
  assertEquals(two.presence_stats, { num_clients: 2, num_users: 1 });
});

Deno.test("presence and presence_stats tell of nobody in full", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const [, stats] = await peer.ask(
    ...[{ presence: { channel: "a" } }, { presence_stats: { channel: "a" } }],
  );
  assertEquals(stats.presence_stats, { num_clients: 0, num_users: 0 });
  assertEquals(
    peer.socket.wire.at(-1)?.toString().split("\n")[0],
    '{"id":2,"presence":{"presence":{}}}',
  );
});
