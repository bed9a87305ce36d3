import { assert, assertEquals } from "@std/assert";
import { publish } from "../hub/recorder.ts";
import { ClientRoom } from "./client_room.ts";

/** The code of the error that a `subscribe` is answered with. */
async function refusal(room: ClientRoom, subscribe: object): Promise<number> {
  const peer = await room.connected();
  const [{ error }] = await peer.ask({ subscribe });
  return error.code;
}

Deno.test("subscribe tells the position, and passes on what comes", async () => {
  using room = new ClientRoom();
  await publish(room.hub, "a", [1, 2]);
  const peer = await room.connected();
  const [{ subscribe }] = await peer.ask({ subscribe: { channel: "a", flag: 1 } });
  const [top] = await room.log.tops(["a"]);
  assertEquals(subscribe, {
    ...{ recoverable: true, positioned: true, epoch: top?.epoch, offset: 2 },
  });
  await publish(room.hub, "a", [3]);
  assertEquals(await peer.news(), [{ push: { channel: "a", pub: { data: "3", offset: 3 } } }]);
});

Deno.test("subscribe tells no position where there is no history", async () => {
  using room = new ClientRoom({ channel: { historySize: 0 } });
  const peer = await room.connected();
  assertEquals(await peer.ask({ subscribe: { channel: "a" } }), [{ id: 2, subscribe: {} }]);
  await publish(room.hub, "a", [1]);
  assertEquals(await peer.news(), [{ push: { channel: "a", pub: { data: "1" } } }]);
});

const CLOSED = { forceRecovery: false, allowRecovery: false, allowPositioning: false };
const NO_HISTORY_FOR = { allowHistoryForClient: false, allowHistoryForSubscriber: false };

for (
  const [asked, channel, given] of [
    [{}, { forceRecovery: false }, []],
    [{ positioned: true }, { forceRecovery: false }, ["positioned"]],
    [{ recoverable: true }, { forceRecovery: false }, ["positioned", "recoverable"]],
    [{ positioned: true, recoverable: true }, { ...CLOSED, ...NO_HISTORY_FOR }, []],
    [{ recoverable: true }, CLOSED, ["positioned", "recoverable"]],
    [{}, { ...CLOSED, forcePositioning: true }, ["positioned"]],
    [{ recoverable: true }, { historyTtlMs: 0, forcePositioning: true }, []],
  ] as const
) {
  const told = `${JSON.stringify(asked)} where ${JSON.stringify(channel)}`;
  Deno.test(`subscribe gives of ${told}: ${given.join(" and ") || "nothing"}`, async () => {
    using room = new ClientRoom({ channel });
    const peer = await room.connected();
    const [{ subscribe }] = await peer.ask({ subscribe: { channel: "a", ...asked } });
    assertEquals(["positioned", "recoverable"].filter((each) => subscribe[each]), [...given]);
  });
}

Deno.test("subscribe ends with 3501 who names no channel", async () => {
  using room = new ClientRoom();
  for (const subscribe of [{}, { channel: "" }]) {
    const peer = await room.connected();
    assertEquals(await peer.ask({ subscribe }), ["close 3501 bad request"]);
  }
});

Deno.test("subscribe refuses with 102 a namespace that there is none of", async () => {
  using room = new ClientRoom({ namespaces: { news: {} } });
  assertEquals(await refusal(room, { channel: "other:a" }), 102);
});

Deno.test("subscribe refuses with 103 who may not", async () => {
  using room = new ClientRoom({ channel: { allowSubscribeForAnonymous: false } });
  assertEquals(await refusal(room, { channel: "a" }), 103);
  assertEquals(await refusal(room, { channel: "$a" }), 103);
});

Deno.test("subscribe refuses with 105 who is subscribed", async () => {
  using room = new ClientRoom();
  const peer = await room.subscribed({ channel: "a" });
  const [{ error }] = await peer.ask({ subscribe: { channel: "a" } });
  assertEquals(error, { code: 105, message: "already subscribed" });
  await publish(room.hub, "a", [1]);
  assertEquals((await peer.news()).length, 1);
});

Deno.test("subscribe refuses with 105 who is about to be subscribed", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const channel = "a";
  const news = await peer.ask({ subscribe: { channel } }, { subscribe: { channel } });
  assertEquals(news.map(({ id, error }) => [id, error?.code]), [[3, 105], [2, undefined]]);
});

Deno.test("subscribe refuses with 105 whom the server subscribes while the token is checked", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const checked = Promise.withResolvers<void>();
  room.verifier.gate = checked.promise;
  peer.send({ subscribe: { channel: "a", token: room.verifier.subscription({ channel: "a" }) } });
  room.beginServerSide("a");
  checked.resolve();
  const [{ error }] = await peer.news();
  assertEquals([error.code, room.hub.channels()], [105, [{ channel: "a", subscribers: 1 }]]);
});

Deno.test("subscribe refuses with 106 more channels than there may be", async () => {
  using room = new ClientRoom({ client: { channelLimit: 2 } });
  const peer = await room.subscribed({ channel: "a" }, { channel: "b" });
  const [{ error }] = await peer.ask({ subscribe: { channel: "c" } });
  assertEquals(error, { code: 106, message: "limit exceeded" });
  const [, again] = await peer.ask(
    ...[{ unsubscribe: { channel: "a" } }, { subscribe: { channel: "c" } }],
  );
  assertEquals(Object.keys(again), ["id", "subscribe"]);
});

for (
  const [what, subscribe] of [
    ["a name that is too long", { channel: "a".repeat(256) }],
    ["a name with a space", { channel: "a b" }],
    ["a name that its namespace does not take", { channel: "b" }],
    ["a filter by tags", { channel: "a", tf: { op: "eq" } }],
  ] as const
) {
  Deno.test(`subscribe refuses with 107 ${what}`, async () => {
    using room = new ClientRoom({ channel: { channelRegex: /^a+$/ } });
    assertEquals(await refusal(room, subscribe), 107);
  });
}

Deno.test("subscribe refuses with 108 what is no stream", async () => {
  using room = new ClientRoom();
  assertEquals(await refusal(room, { channel: "a", type: 1 }), 108);
});

Deno.test("subscribe answers with 100 when history cannot be read, and can be tried again", async () => {
  using room = new ClientRoom();
  const { read } = room.log;
  room.log.read = () => Promise.reject(new Error("disk gone"));
  const peer = await room.connected();
  const [{ error }] = await peer.ask({ subscribe: { channel: "a" } });
  assertEquals([error.code, error.temporary, room.errors.length], [100, true, 1]);
  assertEquals([room.hub.channels(), room.present()], [[], 0]);
  room.log.read = read;
  assertEquals(Object.keys((await peer.ask({ subscribe: { channel: "a" } }))[0]), [
    ...["id", "subscribe"],
  ]);
});

const PRIVATE = { allowSubscribeForClient: false };

Deno.test("subscribe takes a token for what is not allowed without one", async () => {
  using room = new ClientRoom({ channel: PRIVATE });
  const expiresAt = Math.floor(Date.now() / 1_000) + 60;
  const data = { kind: "json", text: "[7]" } as const;
  const token = room.verifier.subscription({ channel: "a", grant: { expiresAt, data } });
  const peer = await room.connected();
  const [{ subscribe }] = await peer.ask({ subscribe: { channel: "a", token } });
  assertEquals([subscribe.expires, subscribe.data], [true, [7]]);
  assert(subscribe.ttl === 59 || subscribe.ttl === 60);
});

for (
  const [kind, code] of [["expired", 109], ["invalid", 103], ["unavailable", 100]] as const
) {
  Deno.test(`subscribe refuses with ${code} a token that is ${kind}`, async () => {
    using room = new ClientRoom();
    assertEquals(await refusal(room, { channel: "a", token: room.verifier.bad(kind) }), code);
  });
}

for (
  const [whose, token] of [
    ["channel", { channel: "b" }],
    ["user", { channel: "a", user: "43" }],
    ["client", { channel: "a", client: "somebody else" }],
  ] as const
) {
  Deno.test(`subscribe ends with 3500 who brings another ${whose}'s token`, async () => {
    using room = new ClientRoom();
    const peer = await room.connected();
    const subscribe = { channel: "a", token: room.verifier.subscription(token) };
    assertEquals(await peer.ask({ subscribe }), ["close 3500 invalid token"]);
  });
}

Deno.test("subscribe holds up what comes behind it while a token is checked, and nothing else", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const token = room.verifier.subscription({ channel: "a" });
  const news = await peer.ask(
    { subscribe: { channel: "a", token } },
    { unsubscribe: { channel: "b" } },
  );
  assertEquals(news.map(({ id }) => id), [3, 2]);
  const checked = Promise.withResolvers<void>();
  room.verifier.gate = checked.promise;
  peer.send({ subscribe: { channel: "c", token } }, { unsubscribe: { channel: "b" } });
  assertEquals(await peer.news(), []);
  checked.resolve();
  assertEquals((await peer.news()).length, 1);
});

Deno.test("unsubscribe ends a subscription, and is no error without one", async () => {
  using room = new ClientRoom();
  const peer = await room.subscribed({ channel: "a" });
  const news = await peer.ask(
    ...[{ unsubscribe: { channel: "a" } }, { unsubscribe: { channel: "a" } }],
  );
  assertEquals(news, [{ id: 3, unsubscribe: {} }, { id: 4, unsubscribe: {} }]);
  await publish(room.hub, "a", [1]);
  assertEquals([await peer.news(), room.hub.channels(), room.present()], [[], [], 0]);
});

Deno.test("unsubscribe cuts a beginning short, which is answered once and never begins", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const channel = "a";
  const news = await peer.ask({ subscribe: { channel } }, { unsubscribe: { channel } });
  assertEquals(news.map(({ id, error }) => [id, error?.code]), [[2, 100], [3, undefined]]);
  assertEquals([room.present(), room.hub.channels()], [0, []]);
});

Deno.test("unsubscribe makes room for the same channel at once", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const channel = "a";
  const news = await peer.ask(
    ...[{ subscribe: { channel } }, { unsubscribe: { channel } }, { subscribe: { channel } }],
  );
  assertEquals(news.map(({ id, subscribe }) => [id, subscribe !== undefined]), [
    ...[[2, false], [3, false], [4, true]],
  ]);
  await publish(room.hub, "a", [1]);
  assertEquals([(await peer.news()).length, room.present()], [1, 1]);
});
