import { assert, assertEquals } from "@std/assert";
import { ClientRoom } from "./client_room.ts";

const TERMINAL = "close 3501 bad request";

Deno.test("connect tells the client its id, the version and how it is pinged", async () => {
  using room = new ClientRoom();
  const [reply] = await room.open().ask({ connect: {} });
  const { id: client } = room.client;
  assertEquals(reply, {
    id: 1,
    connect: { client, version: "Midgard test", ping: 25, pong: true },
  });
});

Deno.test("connect tells the time where it is to", async () => {
  using room = new ClientRoom({ client: { connectIncludeServerTime: true } });
  const [{ connect: { time } }] = await room.open().ask({ connect: {} });
  assert(Math.abs(Date.now() - time) < 60_000);
});

Deno.test("connect gives each client an id of its own", async () => {
  using room = new ClientRoom();
  const ids = await Promise.all([1, 2].map(async () => {
    const [{ connect: { client } }] = await room.open().ask({ connect: {} });
    return client;
  }));
  assert(ids[0] !== ids[1]);
  assertEquals(room.environment.clients.size, 2);
});

Deno.test("connect has to come first", async () => {
  using room = new ClientRoom();
  for (const command of [{ subscribe: { channel: "a" } }, { send: { data: 1 } }, {}]) {
    assertEquals(await room.open().ask(command), [TERMINAL]);
  }
});

Deno.test("connect may not come twice", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  assertEquals(await peer.ask({ connect: {} }), [TERMINAL]);
});

Deno.test("connect is carried out before what comes with it in the first frame", async () => {
  using room = new ClientRoom();
  const token = room.verifier.connection({ user: "42" });
  const publish = { channel: "a", data: { x: 1 } };
  const news = await room.open().ask(
    ...[{ connect: { token } }, { subscribe: { channel: "a" } }, { publish }],
  );
  assertEquals(news.map((each) => Object.keys(each).at(-1)), [
    ...["connect", "subscribe", "publish", "push"],
  ]);
  assertEquals(news[3].push.pub.info.user, "42");
});

Deno.test("connect drops what comes with it when it is refused, and what comes later is too much", async () => {
  using room = new ClientRoom();
  const token = room.verifier.bad("expired");
  const peer = room.open();
  const news = await peer.ask({ connect: { token } }, { publish: { channel: "a", data: 1 } });
  assertEquals(news, [{ id: 1, error: { code: 109, message: "token expired" } }]);
  assertEquals(await peer.ask({ connect: { token } }), [TERMINAL]);
  assertEquals(room.log.batches, []);
});

Deno.test("connect waits for who was refused to leave, but not for ever", async () => {
  using room = new ClientRoom();
  const peer = room.open();
  await peer.ask({ connect: { token: room.verifier.bad("expired") } });
  room.advance(9_900);
  assertEquals(await peer.news(), []);
  room.advance(200);
  assertEquals(await peer.news(), ["close 3502 stale"]);
});

Deno.test("connect is not waited for longer than the stale delay", async () => {
  using room = new ClientRoom();
  const [peer, connected] = [room.open(), await room.connected()];
  room.advance(9_900);
  assertEquals(await peer.news(), []);
  room.advance(200);
  assertEquals([await peer.news(), await connected.news()], [["close 3502 stale"], []]);
});

Deno.test("connect may take its time to look at a token", async () => {
  using room = new ClientRoom();
  const checked = Promise.withResolvers<void>();
  room.verifier.gate = checked.promise;
  const peer = room.open();
  peer.send({ connect: { token: room.verifier.connection() } });
  room.advance(11_000);
  assertEquals(await peer.news(), []);
  checked.resolve();
  assertEquals((await peer.news()).length, 1);
});

Deno.test("connect that breaks is answered with 100, and leaves no connection behind", async () => {
  using room = new ClientRoom();
  room.verifier.gate = Promise.reject(new Error("a bug"));
  const peer = room.open();
  const [{ error }] = await peer.ask({ connect: { token: room.verifier.connection() } });
  assertEquals([error.code, room.errors.length], [100, 1]);
  room.advance(10_100);
  assertEquals(await peer.news(), ["close 3502 stale"]);
});

Deno.test("connect refuses with 3500 a token that is not valid", async () => {
  using room = new ClientRoom();
  const news = await room.open().ask({ connect: { token: room.verifier.bad("invalid") } });
  assertEquals(news, ["close 3500 invalid token"]);
});

Deno.test("connect asks to come again when a token cannot be checked now", async () => {
  using room = new ClientRoom();
  const [{ error }] = await room.open().ask({
    connect: { token: room.verifier.bad("unavailable") },
  });
  assertEquals([error.code, error.temporary], [100, true]);
});

Deno.test("connect refuses with 3501 who has no token where one is needed", async () => {
  using room = new ClientRoom({ client: { allowAnonymousConnectWithoutToken: false } });
  assertEquals(await room.open().ask({ connect: {} }), [TERMINAL]);
});

Deno.test("connect lets in without a token whom a trusted proxy names", async () => {
  using room = new ClientRoom({ client: { allowAnonymousConnectWithoutToken: false } });
  const peer = room.open({ trustedUser: "42" });
  assertEquals((await peer.ask({ connect: {} })).length, 1);
  assertEquals(room.environment.clients.ofUser("42").length, 1);
});

Deno.test("connect lets everybody in where nothing is secured", async () => {
  using room = new ClientRoom({
    client: { allowAnonymousConnectWithoutToken: false, isInsecure: true },
  });
  assertEquals((await room.open().ask({ connect: {} })).length, 1);
});

Deno.test("connect refuses with 3507 an anonymous token where those are not wanted", async () => {
  using room = new ClientRoom({
    client: {
      allowAnonymousConnectWithoutToken: false,
      disallowAnonymousConnectionTokens: true,
    },
  });
  const anonymous = room.verifier.connection({ user: "" });
  const news = await room.open().ask({ connect: { token: anonymous } });
  assertEquals(news, ["close 3507 permission denied"]);
  const known = room.verifier.connection({ user: "42" });
  assertEquals((await room.open().ask({ connect: { token: known } })).length, 1);
});

Deno.test("connect refuses with 3504 more connections of one user than there may be", async () => {
  using room = new ClientRoom({ client: { userConnectionLimit: 2 } });
  const token = room.verifier.connection({ user: "42" });
  const [first] = [await room.connected({ token }), await room.connected({ token })];
  const third = room.open();
  assertEquals(await third.ask({ connect: { token } }), ["close 3504 connection limit"]);
  first.socket.end();
  assertEquals((await room.open().ask({ connect: { token } })).length, 1);
});

Deno.test("connect does not count against a user who was thrown out for breaking the protocol", async () => {
  using room = new ClientRoom({ client: { userConnectionLimit: 1 } });
  const token = room.verifier.connection({ user: "42" });
  const peer = await room.connected({ token });
  peer.socket.receive("rubbish");
  peer.socket.end();
  assertEquals(room.environment.clients.size, 0);
  assertEquals((await room.open().ask({ connect: { token } })).length, 1);
});

Deno.test("connect tells for how long its token is good", async () => {
  using room = new ClientRoom();
  const expiresAt = Math.floor(Date.now() / 1_000) + 60;
  const token = room.verifier.connection({ user: "42", expiresAt });
  const [{ connect }] = await room.open().ask({ connect: { token } });
  assert(connect.expires && connect.ttl >= 59 && connect.ttl <= 60, JSON.stringify(connect));
});
