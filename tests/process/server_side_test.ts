/** Subscriptions that a token, or the user's own channel, brings: no client asks for them. */
import { assert, assertEquals } from "@std/assert";
import { Centrifuge } from "centrifuge";
import { type CentrifugePeer, outcomeOf } from "../helpers/centrifuge_peer.ts";
import { type Fields, WIRE_PROTOCOLS, type WireProtocol } from "../helpers/centrifuge_wire.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { within } from "../helpers/wait.ts";
import { inSeconds, TokenSite } from "./token_site.ts";

const KEPT = { history_size: 100, history_ttl: "1h", presence: true };
const CHANNEL = {
  namespaces: [
    { name: "log", ...KEPT, force_recovery: true },
    { name: "now", ...KEPT },
    { name: "own", ...KEPT, allow_recovery: true },
    { name: "past", presence: true },
  ],
};
const PERSONAL = { enabled: true, personal_channel_namespace: "own" };

/** Zero values that only the Protobuf client writes down. */
function withoutNothing({ publications, ...result }: Fields): Fields {
  const made = publications as readonly unknown[] | undefined;
  return made === undefined || made.length === 0 ? result : { ...result, publications };
}

function subsOf(peer: CentrifugePeer): Record<string, Fields> {
  const subs = Object.entries(peer.result["subs"] ?? {}) as [string, Fields][];
  return Object.fromEntries(subs.map(([name, sub]) => [name, withoutNothing(sub)]));
}

async function assertSubscriptions(site: TokenSite, protocol: WireProtocol): Promise<void> {
  const at = protocol.replace(" ", "");
  const [log, now, past] = [`log:${at}`, `now:${at}`, `past:${at}`];
  const { epoch } = await site.call("publish", { channel: log, data: 1 });
  const subs = {
    [log]: { data: { hello: 1 }, info: { role: "guest" } },
    [now]: { expire_at: inSeconds(100) },
    [past]: {},
  };
  const token = await site.sign({ sub: "42", subs, channels: ["log:ignored"] });
  using peer = await site.connect({ protocol, connect: { token } });
  const { [now]: { ttl, ...ofNow } = {}, ...others } = subsOf(peer);
  assertEquals(others, {
    [log]: { recoverable: true, positioned: true, epoch, offset: 1, data: { hello: 1 } },
    [past]: {},
  });
  assert(Number(ttl) > 90 && Number(ttl) <= 100);
  assertEquals(ofNow, { expires: true });
  const { presence } = await site.call("presence", { channel: log });
  const id = String(peer.result["client"]);
  assertEquals(presence, { [id]: { user: "42", client: id, chan_info: { role: "guest" } } });
  for (const channel of [log, now, past]) {
    await site.call("publish", { channel, data: channel });
    const [{ data } = {}] = await peer.until("pub", channel);
    assertEquals(data, channel);
  }
  const again = await peer.ask("subscribe", { channel: log });
  assertEquals(outcomeOf(again), "error 105");
}

forEachMode("a token brings subscriptions, with all that it says of them", async (mode) => {
  await using site = await TokenSite.start({ mode, channel: CHANNEL });
  for (const protocol of WIRE_PROTOCOLS) await assertSubscriptions(site, protocol);
  const channels = ["now:b", "past:b"];
  const token = await site.sign({ sub: "42", channels });
  using peer = await site.connect({ connect: { token } });
  assertEquals(subsOf(peer), { "now:b": {}, "past:b": {} });
  await site.stop();
});

forEachMode("a token that names a channel of no namespace is answered with 102", async (mode) => {
  await using site = await TokenSite.start({ mode, channel: CHANNEL });
  for (const protocol of WIRE_PROTOCOLS) {
    const token = await site.sign({ sub: "42", channels: ["now:c", "nope:c"] });
    using peer = await site.connect({ protocol, connect: { token } });
    assertEquals(outcomeOf(peer.connected), "error 102", protocol);
  }
  const { channels } = await site.call("channels", {});
  assertEquals(channels, {});
  await site.stop();
});

forEachMode(
  "a subscription of a token recovers what was missed, or says that it cannot",
  async (mode) => {
    await using site = await TokenSite.start({ mode, channel: CHANNEL });
    const { epoch } = await site.call("publish", { channel: "log:a", data: 1 });
    await site.call("publish", { channel: "log:a", data: 2 });
    await site.call("publish", { channel: "now:a", data: 1 });
    const token = await site.sign({ sub: "42", channels: ["log:a", "now:a"] });
    const top = { recoverable: true, positioned: true, epoch, was_recovering: true };
    const cases: readonly (readonly [Fields, Fields])[] = [
      [{ recover: true, epoch, offset: 1 }, {
        ...{ ...top, recovered: true, offset: 1 },
        publications: [{ data: 2, offset: 2 }],
      }],
      [{ recover: true, epoch, offset: 2 }, { ...top, recovered: true, offset: 2 }],
      [{ recover: true, epoch: "other", offset: 1 }, { ...top, offset: 2 }],
      [{ recover: true, epoch, offset: 9 }, { ...top, offset: 2 }],
    ];
    for (const protocol of WIRE_PROTOCOLS) {
      for (const [asked, expected] of cases) {
        const subs = {
          "log:a": asked,
          "now:a": { ...asked, offset: 0, epoch: "" },
          "log:b": asked,
        };
        using peer = await site.connect({ protocol, connect: { token, subs } });
        const found = subsOf(peer);
        const publications = (found["log:a"]?.["publications"] ?? []) as Fields[];
        const told = publications.map(({ data, offset }) => ({ data, offset }));
        const recovered = withoutNothing({ ...found["log:a"], publications: told });
        assertEquals(recovered, expected, `${protocol} ${JSON.stringify(asked)}`);
        // What the namespace keeps to itself nobody gets by naming a place to recover from.
        assertEquals([found["now:a"], found["log:b"]], [{}, undefined], protocol);
      }
    }
    await site.stop();
  },
);

forEachMode(
  "every user is subscribed to a channel of its own where that is wanted",
  async (mode) => {
    const client = { subscribe_to_user_personal_channel: PERSONAL };
    await using site = await TokenSite.start({ mode, channel: CHANNEL, client });
    using peer = await site.connect({ connect: { token: await site.sign({ sub: "42" }) } });
    using other = await site.connect({ connect: { token: await site.sign({ sub: "7" }) } });
    using nobody = await site.connect({ connect: { token: await site.sign({}) } });
    assertEquals([peer, other, nobody].map((each) => Object.keys(subsOf(each))), [
      ["own:#42"],
      ["own:#7"],
      [],
    ]);
    await site.call("publish", { channel: "own:#42", data: "for 42" });
    const [{ data } = {}] = await peer.until("pub", "own:#42");
    assertEquals([data, other.pushes, nobody.pushes], ["for 42", [], []]);
    const refused = await other.ask("subscribe", { channel: "own:#42" });
    assertEquals(outcomeOf(refused), "error 103");
    await site.stop();
  },
);

forEachMode("a user that may have one connection keeps the latest", async (mode) => {
  const client = {
    subscribe_to_user_personal_channel: { ...PERSONAL, single_connection: true },
  };
  await using site = await TokenSite.start({ mode, channel: CHANNEL, client });
  const token = await site.sign({ sub: "42" });
  using other = await site.connect({ connect: { token: await site.sign({ sub: "7" }) } });
  for (const protocol of WIRE_PROTOCOLS) {
    using first = await site.connect({ protocol, connect: { token } });
    using second = await site.connect({ connect: { token } });
    const end = await within(first.ended, { what: "the end of the earlier connection" });
    assertEquals(end, { code: 3504, reason: "connection limit" }, protocol);
    assertEquals([second.hasEnded, other.hasEnded], [false, false]);
  }
  await site.stop();
});

forEachMode("a subscription of a token that ends takes the connection with it", async (mode) => {
  const client = { expired_sub_close_delay: "300ms" };
  await using site = await TokenSite.start({ mode, channel: CHANNEL, client });
  const subs = { "now:a": { expire_at: inSeconds(2) } };
  using peer = await site.connect({ connect: { token: await site.sign({ sub: "42", subs }) } });
  const end = await within(peer.ended, { what: "the end of a subscription" });
  assertEquals(end, { code: 3006, reason: "subscription expired" });
  await site.stop();
});

forEachMode(
  "the official client goes on in its server-side subscriptions after a break",
  async (mode) => {
    await using site = await TokenSite.start({ mode, channel: CHANNEL });
    const token = await site.sign({ sub: "42", channels: ["log:a"] });
    const client = new Centrifuge(`ws://127.0.0.1:${site.port}/connection/websocket`, {
      ...{ token, websocket: WebSocket, minReconnectDelay: 10, maxReconnectDelay: 50 },
    });
    const seen: unknown[] = [];
    const recovered: boolean[] = [];
    client.on("publication", ({ data }) => void seen.push(data));
    client.on("subscribed", (context) => void recovered.push(context.recovered));
    client.connect();
    await within(client.ready(5_000), { what: "the client to connect" });
    await site.call("publish", { channel: "log:a", data: 1 });
    const disconnect = { code: 3011, reason: "force reconnect" };
    await site.call("disconnect", { user: "42", disconnect });
    await site.call("publish", { channel: "log:a", data: 2 });
    const third = Promise.withResolvers<void>();
    client.on("publication", ({ data }) => data === 3 && third.resolve());
    await within(client.ready(5_000), { what: "the client to come back" });
    await site.call("publish", { channel: "log:a", data: 3 });
    await within(third.promise, { what: "the last publication" });
    assertEquals([seen, recovered], [[1, 2, 3], [false, true]]);
    client.disconnect();
    await site.stop();
  },
);
