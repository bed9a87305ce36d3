import { assertEquals } from "@std/assert";
import { publish } from "../hub/recorder.ts";
import type { Message, Peer } from "./client_room.ts";
import { ClientRoom } from "./client_room.ts";

const ASKING = { channel: "a", join_leave: true };

/** The notices among messages: their kind, and the user they are about. */
function notices(messages: readonly Message[]): string[] {
  return messages.flatMap(({ push }) =>
    ["join", "leave"].filter((kind) => push?.[kind] !== undefined).map((kind) =>
      `${kind} ${push[kind].info.user}`
    )
  );
}

/** A client that asks for notices and has seen its own. */
async function watcher(room: ClientRoom): Promise<Peer> {
  return await room.subscribed(ASKING);
}

/** A user's client that is subscribed to `a`. */
async function visitor(room: ClientRoom): Promise<Peer> {
  const peer = await room.connectedAs("42", { info: '{"name":"Ada"}' });
  const grant = { info: "7" };
  const token = room.verifier.subscription({ channel: "a", user: "42", grant });
  await peer.ask({ subscribe: { channel: "a", token } });
  return peer;
}

Deno.test("Client that joins is told of itself, behind the answer", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const news = await peer.ask({ subscribe: ASKING });
  assertEquals(news.map((each) => Object.keys(each).at(-1)), ["subscribe", "push"]);
  assertEquals(news[1].push.join.info, { user: "", client: room.client.id });
});

Deno.test("Client that joins and leaves is announced with what its tokens say of it", async () => {
  using room = new ClientRoom();
  const watching = await watcher(room);
  const peer = await visitor(room);
  const [client] = room.environment.clients.ofUser("42");
  const info = { user: "42", client: client?.id, conn_info: { name: "Ada" }, chan_info: 7 };
  assertEquals(await watching.news(), [{ push: { channel: "a", join: { info } } }]);
  await peer.ask({ unsubscribe: { channel: "a" } });
  assertEquals(await watching.news(), [{ push: { channel: "a", leave: { info } } }]);
});

Deno.test("Client is told of others only where it asked, or everybody is told", async () => {
  using room = new ClientRoom({ namespaces: { forced: { forcePushJoinLeave: true } } });
  const peer = await room.subscribed({ channel: "a" }, { channel: "forced:a" });
  const other = await room.subscribed({ channel: "a" }, { channel: "forced:a" });
  other.socket.end();
  const kinds = (await peer.news()).map(({ push }) => `${push.channel} ${Object.keys(push)[1]}`);
  assertEquals(kinds, ["forced:a join", "forced:a leave"]);
});

Deno.test("Client is told of nobody where nobody is announced, or it may not see who is there", async () => {
  const nobody = { allowPresenceForClient: false, allowPresenceForSubscriber: false };
  using room = new ClientRoom({
    namespaces: { quiet: { joinLeave: false, forcePushJoinLeave: true }, secret: nobody },
  });
  const channels = ["quiet:a", "secret:a"].map((channel) => ({ ...ASKING, channel }));
  const peer = await room.subscribed(...channels);
  const other = await room.subscribed(...channels);
  other.socket.end();
  assertEquals(await peer.news(), []);
});

Deno.test("Client hears of a joining in the order of publications", async () => {
  using room = new ClientRoom();
  const peer = await watcher(room);
  await publish(room.hub, "a", [1]);
  const other = await room.subscribed({ channel: "a" });
  await publish(room.hub, "a", [2]);
  other.socket.end();
  const kinds = (await peer.news()).map(({ push }) => Object.keys(push)[1]);
  assertEquals(kinds, ["pub", "join", "pub", "leave"]);
});

/** Every way in which a client may go, of which others are told. */
const ENDS: Readonly<Record<string, (room: ClientRoom, peer: Peer) => void>> = {
  "closes its connection": (_, peer) => peer.socket.end(1000),
  "vanishes": (_, peer) => peer.socket.end(0),
  "unsubscribes": (_, peer) => peer.send({ unsubscribe: { channel: "a" } }),
  "breaks the protocol": (_, peer) => peer.socket.receive("rubbish"),
  "sends too much": (_, peer) => peer.socket.receive("x".repeat(70_000)),
  "is thrown out": (room) => {
    const [client] = room.environment.clients.ofUser("42");
    client?.link.disconnect({ code: 3503, reason: "force disconnect" });
  },
  "is unsubscribed by the server": (room) => {
    const [client] = room.environment.clients.ofUser("42");
    const subscription = client?.subscriptions.get("a");
    if (subscription) client?.unsubscribe(subscription, { code: 2000, reason: "server" });
  },
  "does not answer a ping": (room) => room.advance(33_100),
};

for (const [what, end] of Object.entries(ENDS)) {
  Deno.test(`Client that ${what} is present no longer, and announced as who it was, once`, async () => {
    using room = new ClientRoom();
    const watching = room.open({ hasPings: false });
    await watching.ask({ connect: {} }, { subscribe: ASKING });
    const peer = await visitor(room);
    assertEquals(room.present(), 2);
    end(room, peer);
    assertEquals(notices(await watching.news()), ["join 42", "leave 42"]);
    assertEquals(room.present(), 1);
    peer.socket.end();
    assertEquals(notices(await watching.news()), []);
  });
}

for (const urgency of ["flush", "hurry"] as const) {
  Deno.test(`Client leaves quietly when the server stops, with ${urgency}`, async () => {
    using room = new ClientRoom();
    const watching = await watcher(room);
    const peer = await visitor(room);
    await watching.news();
    for (const each of room.registry.beginDrain(room).slice(1)) each.close(urgency);
    peer.socket.end();
    assertEquals([await watching.news(), room.present()], [[], 1]);
  });
}

for (const code of [1001, 0]) {
  Deno.test(`Client that goes with ${code} while it is being drained leaves quietly`, async () => {
    using room = new ClientRoom();
    const watching = await watcher(room);
    const peer = await visitor(room);
    await watching.news();
    room.log.gate = new Promise(() => {});
    peer.send({ publish: { channel: "a", data: 1 } });
    for (const each of room.registry.beginDrain(room).slice(1)) each.close("flush");
    peer.socket.end(code);
    assertEquals([await watching.news(), room.present()], [[], 1]);
  });
}

Deno.test("Client that is given up leaves quietly", async () => {
  using room = new ClientRoom();
  const watching = await watcher(room);
  await visitor(room);
  await watching.news();
  for (const each of room.registry.beginDrain(room).slice(1)) each.giveUp();
  assertEquals([await watching.news(), room.present()], [[], 1]);
});

Deno.test("Client whose subscription never began is neither present nor announced", async () => {
  using room = new ClientRoom();
  const watching = await watcher(room);
  const peer = await room.connectedAs("42");
  room.log.read = () => new Promise(() => {});
  await peer.ask({ subscribe: { channel: "a", recover: true } });
  assertEquals(room.present(), 1);
  peer.socket.end();
  assertEquals([await watching.news(), room.present()], [[], 1]);
});

Deno.test("Client is present only where that is kept", async () => {
  using room = new ClientRoom({ channel: { presence: false } });
  await room.subscribed({ channel: "a" });
  assertEquals(room.present(), 0);
});

Deno.test("Client is present and announced as the token of its subscription overrides it", async () => {
  using room = new ClientRoom({ channel: { presence: false, joinLeave: false } });
  const override = { presence: true, joinLeave: true, forcePushJoinLeave: true };
  const token = room.verifier.subscription({ channel: "a", grant: { override } });
  const peer = await room.connected();
  const news = await peer.ask({ subscribe: { channel: "a", token } });
  assertEquals([room.present(), notices(news)], [1, ["join "]]);
});
