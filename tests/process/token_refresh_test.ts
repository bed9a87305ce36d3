/** Tokens end: what the official client does about it, and what happens to a client that does nothing. */
import { assert, assertEquals } from "@std/assert";
import { Centrifuge, type Options, type TransportName } from "centrifuge";
import { Centrifuge as ProtobufCentrifuge } from "centrifuge/build/protobuf";
import { type CentrifugePeer, outcomeOf } from "../helpers/centrifuge_peer.ts";
import { WIRE_PROTOCOLS } from "../helpers/centrifuge_wire.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { sleep, within } from "../helpers/wait.ts";
import { inSeconds, TokenSite } from "./token_site.ts";

/** The ways in which the official client speaks here; Deno has no EventSource for it. */
const CLIENTS: readonly (readonly [transport: TransportName, isBinary: boolean])[] = [
  ["websocket", false],
  ["websocket", true],
  ["http_stream", false],
];

function officialClient(
  site: TokenSite,
  [transport, isBinary]: typeof CLIENTS[number],
  options: Partial<Options>,
): Centrifuge {
  const scheme = transport === "websocket" ? "ws" : "http";
  const endpoint = `${scheme}://127.0.0.1:${site.port}/connection/${transport}`;
  // The same class, built twice.
  const Client = isBinary ? ProtobufCentrifuge as unknown as typeof Centrifuge : Centrifuge;
  return new Client([{ transport, endpoint }], {
    websocket: WebSocket,
    emulationEndpoint: `${site.origin}/emulation`,
    ...{ minReconnectDelay: 10, maxReconnectDelay: 100 },
    ...options,
  });
}

/** A client that is connected and subscribed, and how often each had to be. */
function watched(client: Centrifuge) {
  const counts = { connected: 0, disconnected: 0, subscribed: 0, unsubscribed: 0, subscribing: 0 };
  client.on("connected", () => void counts.connected++);
  client.on("disconnected", () => void counts.disconnected++);
  return counts;
}

forEachMode(
  "the official client comes back with a new token when its own has expired",
  async (mode) => {
    await using site = await TokenSite.start({ mode });
    for (const kind of CLIENTS) {
      let asked = 0;
      const client = officialClient(site, kind, {
        token: await site.sign({ sub: "42", exp: inSeconds(-10) }),
        getToken: () => {
          asked += 1;
          return site.sign({ sub: "42", exp: inSeconds(600) });
        },
      });
      const counts = watched(client);
      const subscription = client.newSubscription("open:a");
      // Sent behind the connect command in one frame: it must not end the client.
      subscription.subscribe();
      client.connect();
      await within(subscription.ready(5_000), { what: `a subscription by ${kind}` });
      assertEquals([asked, counts.connected, counts.disconnected], [1, 1, 0], `${kind}`);
      client.disconnect();
    }
    await site.stop();
  },
);

forEachMode(
  "the official client refreshes its tokens in time and stays connected",
  async (mode) => {
    const client = { expired_close_delay: "1s", expired_sub_close_delay: "1s" };
    await using site = await TokenSite.start({ mode, client });
    await Promise.all(CLIENTS.map((kind) => assertRefreshes(site, kind)));
    await site.stop();
  },
);

async function assertRefreshes(site: TokenSite, kind: typeof CLIENTS[number]): Promise<void> {
  const channel = `closed:${kind.join("")}`;
  const asked = { connection: 0, subscription: 0 };
  const client = officialClient(site, kind, {
    getToken: () => {
      asked.connection += 1;
      return site.sign({ sub: "42", exp: inSeconds(2) });
    },
  });
  const counts = watched(client);
  const subscription = client.newSubscription(channel, {
    getToken: () => {
      asked.subscription += 1;
      return site.sign({ sub: "42", channel, exp: inSeconds(2) });
    },
  });
  subscription.on("subscribed", () => void counts.subscribed++);
  subscription.subscribe();
  client.connect();
  await within(subscription.ready(5_000), { what: `a subscription by ${kind}` });
  // Only time can show that nothing ends: twice what the first tokens were good for, and the delay.
  await sleep(5_500);
  const { connected, disconnected, subscribed } = counts;
  assertEquals([connected, disconnected, subscribed], [1, 0, 1], `${kind}`);
  assert(asked.connection >= 3 && asked.subscription >= 3, JSON.stringify({ kind, asked }));
  const received = Promise.withResolvers<void>();
  subscription.on("publication", () => received.resolve());
  await site.call("publish", { channel, data: 1 });
  await within(received.promise, { what: `a publication by ${kind}` });
  client.disconnect();
}

const DELAYS = { expired_close_delay: "500ms", expired_sub_close_delay: "500ms" };

/** Milliseconds from the end of a token until something happened because of it. */
async function msAfter(endS: number, event: Promise<unknown>): Promise<number> {
  await within(event, { what: "the end of a token" });
  return Date.now() - endS * 1_000;
}

/** Not before the delay has passed, and not long after it. */
function assertDelayed(ms: number, what: string): void {
  assert(ms >= 500 && ms < 2_500, `${what}: ${ms} ms`);
}

forEachMode("a connection that is not refreshed ends with 3005 after its delay", async (mode) => {
  await using site = await TokenSite.start({ mode, client: DELAYS });
  await Promise.all(WIRE_PROTOCOLS.map(async (protocol) => {
    const exp = inSeconds(2);
    using peer = await site.connect({
      protocol,
      connect: { token: await site.sign({ sub: "42", exp }) },
    });
    const { expires, ttl } = peer.result;
    assert(expires === true && (ttl === 1 || ttl === 2), JSON.stringify(peer.result));
    assertDelayed(await msAfter(exp, peer.ended), protocol);
    assertEquals(await peer.ended, { code: 3005, reason: "connection expired" });
  }));
  await site.stop();
});

forEachMode("a subscription that is not refreshed ends with 2501 after its delay", async (mode) => {
  await using site = await TokenSite.start({ mode, client: DELAYS });
  await Promise.all(WIRE_PROTOCOLS.map(async (protocol) => {
    const [channel, exp] = [`closed:${protocol.replace(" ", "")}`, inSeconds(2)];
    using peer = await site.connect({
      protocol,
      connect: { token: await site.sign({ sub: "42" }) },
    });
    const token = await site.sign({ sub: "42", channel, exp });
    const answer = await peer.ask("subscribe", { channel, token });
    assert(answer.kind === "result");
    assertEquals(answer.result["expires"], true);
    assertDelayed(await msAfter(exp, peer.until("unsubscribe", channel)), protocol);
    const [body] = peer.pushed("unsubscribe", channel);
    assertEquals(body, { code: 2501, reason: "subscription expired" });
    await site.call("publish", { channel, data: 1 });
    assertEquals(outcomeOf(await peer.ask("unsubscribe", { channel })), "ok");
    assertEquals(peer.pushed("pub", channel), []);
  }));
  await site.stop();
});

/** A connected client of user 42, subscribed to `closed:a` by a token. */
async function subscribed(site: TokenSite): Promise<CentrifugePeer> {
  const peer = await site.connect({ connect: { token: await site.sign({ sub: "42" }) } });
  const token = await site.sign({ sub: "42", channel: "closed:a" });
  assertEquals(outcomeOf(await peer.ask("subscribe", { channel: "closed:a", token })), "ok");
  return peer;
}

forEachMode("refresh and sub_refresh take good tokens of the same client only", async (mode) => {
  await using site = await TokenSite.start({ mode });
  const channel = "closed:a";
  const past = { exp: inSeconds(-5) };
  const garbage = site.keepSecret("no.token.atall");
  const attempts: readonly (readonly [method: string, params: object, outcome: string])[] = [
    ["refresh", { token: await site.sign({ sub: "42" }) }, "ok"],
    ["refresh", { token: await site.sign({ sub: "7" }) }, "ended 3500"],
    ["refresh", { token: await site.sign({}) }, "ended 3500"],
    ["refresh", { token: await site.sign({ sub: "42", ...past }) }, "ended 3005"],
    ["refresh", { token: await site.sign({ sub: "42" }, { key: "another one" }) }, "ended 3500"],
    ["refresh", { token: await site.sign({ sub: "42", channel }) }, "ended 3500"],
    ["refresh", { token: garbage }, "ended 3500"],
    ["refresh", { token: "" }, "ended 3501"],
    ["sub_refresh", { channel, token: await site.sign({ sub: "42", channel }) }, "ok"],
    ["sub_refresh", { channel, token: await site.sign({ sub: "7", channel }) }, "ended 3500"],
    [
      "sub_refresh",
      { channel, token: await site.sign({ sub: "42", channel: "open:a" }) },
      "ended 3500",
    ],
    ["sub_refresh", { channel, token: await site.sign({ sub: "42" }) }, "ended 3500"],
    [
      "sub_refresh",
      { channel, token: await site.sign({ sub: "42", channel, ...past }) },
      "ended 3006",
    ],
    ["sub_refresh", { channel, token: garbage }, "ended 3500"],
    ["sub_refresh", { channel: "open:a", token: garbage }, "error 103"],
    ["sub_refresh", { channel: "nope:a", token: garbage }, "error 102"],
  ];
  for (const [method, params, expected] of attempts) {
    using peer = await subscribed(site);
    const answer = await peer.ask(method, { ...params });
    assertEquals(outcomeOf(answer), expected, `${method} ${JSON.stringify(params)}`);
  }
  await site.stop();
});

forEachMode(
  "a refreshed connection lives on, and others hear what its new token says",
  async (mode) => {
    await using site = await TokenSite.start({ mode, client: DELAYS });
    const first = await site.sign({ sub: "42", info: { name: "old" }, exp: inSeconds(2) });
    using peer = await site.connect({ connect: { token: first } });
    const endsAt = inSeconds(100);
    const second = await site.sign({ sub: "42", info: { name: "new" }, exp: endsAt });
    const answer = await peer.ask("refresh", { token: second });
    assert(answer.kind === "result");
    const { client, expires, ttl } = answer.result;
    assertEquals([client, expires], [peer.result["client"], true]);
    assert(Number(ttl) > 95 && Number(ttl) <= 100);
    await sleep(3_500);
    assertEquals(outcomeOf(await peer.ask("publish", { channel: "open:a", data: 1 })), "ok");
    const { publications } = await site.call("history", { channel: "open:a", limit: 1 });
    const [{ info }] = publications as [{ info: { conn_info: unknown } }];
    assertEquals(info.conn_info, { name: "new" });
    assertEquals(peer.hasEnded, false);
    await site.stop();
  },
);
