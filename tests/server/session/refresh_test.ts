import { assert, assertEquals } from "@std/assert";
import { nowSeconds } from "../../../server/session/mod.ts";
import type { Peer } from "./client_room.ts";
import { ClientRoom } from "./client_room.ts";

/** So long that there is none in a test. */
const NO_PINGS = { pingIntervalMs: 10_000_000 };

const EXPIRED = "close 3005 connection expired";

/** A client whose token is good for another minute. */
async function expiring(room: ClientRoom): Promise<Peer> {
  return await room.connectedAs("42", { expiresAt: nowSeconds() + 60 });
}

/** A client whose subscription to `a` is good for another minute. */
async function expiringIn(room: ClientRoom): Promise<Peer> {
  const peer = await room.connected();
  const grant = { expiresAt: nowSeconds() + 60 };
  const token = room.verifier.subscription({ channel: "a", grant });
  await peer.ask({ subscribe: { channel: "a", token } });
  return peer;
}

Deno.test("Client is ended with 3005 when it is not refreshed in time", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const peer = await expiring(room);
  room.advance(83_000);
  assertEquals(closes(peer), []);
  room.advance(3_000);
  assertEquals(closes(peer), [EXPIRED]);
});

Deno.test("Client that nothing expires is never ended", async () => {
  using room = new ClientRoom({ client: { ...NO_PINGS, isInsecure: true } });
  const peer = await expiring(room);
  const grant = { expiresAt: nowSeconds() + 60 };
  const token = room.verifier.subscription({ channel: "a", user: "42", grant });
  const [{ subscribe }] = await peer.ask({ subscribe: { channel: "a", token } });
  room.advance(200_000);
  assertEquals([closes(peer), subscribe.expires], [[], undefined]);
});

Deno.test("refresh lets a client stay, and tells it for how long", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const peer = await expiring(room);
  const [client] = room.environment.clients.ofUser("42");
  const token = room.verifier.connection({ user: "42", expiresAt: nowSeconds() + 600 });
  const [{ refresh }] = await peer.ask({ refresh: { token } });
  const { ttl, ...about } = refresh;
  assertEquals(about, { client: client?.id, version: "Midgard test", expires: true });
  assert(ttl === 599 || ttl === 600);
  room.advance(600_000);
  assertEquals(closes(peer), []);
  room.advance(26_000);
  assertEquals(closes(peer), [EXPIRED]);
});

Deno.test("refresh with a token that never expires lets a client stay for ever", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const peer = await expiring(room);
  const [{ refresh }] = await peer.ask({
    refresh: { token: room.verifier.connection({ user: "42" }) },
  });
  room.advance(200_000);
  assertEquals([refresh.expires, closes(peer)], [undefined, []]);
});

for (
  const [kind, outcome] of [
    ["expired", EXPIRED],
    ["invalid", "close 3500 invalid token"],
  ] as const
) {
  Deno.test(`refresh with a token that is ${kind} ends the connection`, async () => {
    using room = new ClientRoom({ client: NO_PINGS });
    const peer = await expiring(room);
    assertEquals(await peer.ask({ refresh: { token: room.verifier.bad(kind) } }), [outcome]);
  });
}

Deno.test("refresh with a token that cannot be checked now can be tried again", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const peer = await expiring(room);
  const [{ error }] = await peer.ask({ refresh: { token: room.verifier.bad("unavailable") } });
  assertEquals([error.code, error.temporary], [100, true]);
});

Deno.test("refresh without a token, or with another user's, ends the connection", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const [one, two] = [await expiring(room), await expiring(room)];
  assertEquals(await one.ask({ refresh: {} }), ["close 3501 bad request"]);
  const token = room.verifier.connection({ user: "43" });
  assertEquals(await two.ask({ refresh: { token } }), ["close 3500 invalid token"]);
});

Deno.test("ClientSubscription is ended with 2501 when it is not refreshed in time", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const peer = await expiringIn(room);
  room.advance(83_000);
  assertEquals(await peer.news(), []);
  room.advance(3_000);
  assertEquals(await peer.news(), [
    { push: { channel: "a", unsubscribe: { code: 2501, reason: "subscription expired" } } },
  ]);
  assertEquals([room.present(), room.wheel.size], [0, 1]);
});

Deno.test("ClientSubscription of the server that expires ends the client with 3006", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const token = room.verifier.connectionTo({ a: { expiresAt: nowSeconds() + 60 } });
  const peer = await room.connected({ token });
  room.advance(86_000);
  assertEquals(await peer.news(), ["close 3006 subscription expired"]);
});

Deno.test("sub_refresh lets a subscription stay, and tells for how long", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const peer = await expiringIn(room);
  const grant = { expiresAt: nowSeconds() + 600 };
  const token = room.verifier.subscription({ channel: "a", grant });
  const [{ sub_refresh }] = await peer.ask({ sub_refresh: { channel: "a", token } });
  assert(sub_refresh.expires && (sub_refresh.ttl === 599 || sub_refresh.ttl === 600));
  room.advance(600_000);
  assertEquals(await peer.news(), []);
  room.advance(26_000);
  assertEquals((await peer.news())[0].push.unsubscribe.code, 2501);
});

Deno.test("sub_refresh of what is not subscribed to is refused with 103", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const peer = await room.connected();
  const token = room.verifier.subscription({ channel: "a" });
  assertEquals((await peer.ask({ sub_refresh: { channel: "a", token } }))[0].error.code, 103);
});

Deno.test("sub_refresh that ends after its subscription leaves nothing behind", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const peer = await expiringIn(room);
  const checked = Promise.withResolvers<void>();
  room.verifier.gate = checked.promise;
  const grant = { expiresAt: nowSeconds() + 600 };
  const token = room.verifier.subscription({ channel: "a", grant });
  peer.send({ sub_refresh: { channel: "a", token } });
  peer.socket.end();
  checked.resolve();
  await peer.news();
  assertEquals(room.wheel.size, 0);
});

for (
  const [kind, outcome] of [
    ["expired", "close 3006 subscription expired"],
    ["invalid", "close 3500 invalid token"],
  ] as const
) {
  Deno.test(`sub_refresh with a token that is ${kind} ends the connection`, async () => {
    using room = new ClientRoom({ client: NO_PINGS });
    const peer = await expiringIn(room);
    const token = room.verifier.bad(kind);
    assertEquals(await peer.ask({ sub_refresh: { channel: "a", token } }), [outcome]);
  });
}

Deno.test("sub_refresh with a token for somebody else ends the connection", async () => {
  using room = new ClientRoom({ client: NO_PINGS });
  const peer = await expiringIn(room);
  const token = room.verifier.subscription({ channel: "b" });
  assertEquals(await peer.ask({ sub_refresh: { channel: "a", token } }), [
    "close 3500 invalid token",
  ]);
});

/** The Closes that a peer has been sent. */
function closes(peer: Peer): string[] {
  return peer.socket.wire.map(String).filter((frame) => frame.startsWith("close "));
}
