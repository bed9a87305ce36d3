import { assert, assertEquals } from "@std/assert";
import type { ClientStage } from "../helpers/client_stage.ts";
import { clientSuite } from "../helpers/client_suite.ts";
import { hearClient, hearSubscription } from "../helpers/heard.ts";
import { sleep } from "../helpers/wait.ts";

/**
 * How long a token lives. With one second it could be over before it is looked at, as its end is
 * a whole second of the clock.
 */
const LIFE_S = 2;
/** Long enough to be renewed twice, and to be over without that. */
const SOME_LIVES_MS = 5_500;

function nowS(): number {
  return Math.floor(Date.now() / 1_000);
}

/** Gives out tokens with claims as they are at that moment, and counts them; may be broken. */
function tokens(stage: ClientStage, claims: () => Record<string, unknown>) {
  const state = { given: 0, isBroken: false };
  const getToken = () => {
    if (state.isBroken) return Promise.reject(new Error("the token service is down"));
    state.given += 1;
    return stage.token(claims());
  };
  return { state, getToken };
}

async function asksForAToken(stage: ClientStage): Promise<void> {
  const info = { name: "Odin" };
  const { state, getToken } = tokens(stage, () => ({ sub: "42", info }));
  const client = stage.client({ getToken });
  client.connect();
  await client.ready(10_000);
  const channel = stage.name();
  await stage.subscribe(client, channel);
  const { presence } = await stage.api<{ presence: Record<string, unknown> }>("presence", {
    channel,
  });
  const [present] = Object.values(presence) as { user: string; conn_info: unknown }[];
  assertEquals([present?.user, present?.conn_info], ["42", info]);
  client.disconnect();
  client.connect();
  await client.ready(10_000);
  assertEquals(state.given, 1);
}

async function renewsAnExpiredToken(stage: ClientStage): Promise<void> {
  const { state, getToken } = tokens(stage, () => ({ sub: "42", exp: nowS() + 60 }));
  const token = await stage.token({ sub: "42", exp: nowS() - 60 });
  const client = stage.client({ token, getToken });
  const heard = hearClient(client);
  client.connect();
  await heard.until("connected");
  assertEquals([state.given, heard.of("disconnected").length], [1, 0]);
}

async function isTurnedAway(stage: ClientStage): Promise<void> {
  const forged = await stage.token({ sub: "42" }, "another secret");
  const ofAChannel = await stage.token({ sub: "42", channel: "news" });
  const cases = [[forged, 3500], [ofAChannel, 3500], ["no token", 3500], [
    "",
    3501,
  ]];
  for (const [token, code] of cases) {
    const client = stage.client({ token: token as string });
    const heard = hearClient(client);
    client.connect();
    assertEquals((await heard.until("disconnected")).code, code, `for the token "${token}"`);
    assertEquals([heard.of("connecting").length, heard.of("connected")], [1, []]);
  }
}

async function refreshes(stage: ClientStage): Promise<void> {
  const { state, getToken } = tokens(stage, () => ({ sub: "42", exp: nowS() + LIFE_S }));
  const client = stage.client({ getToken });
  const heard = hearClient(client);
  client.connect();
  await heard.until("connected");
  const channel = stage.name();
  const { heard: ofChannel } = await stage.subscribe(client, channel);
  await sleep(SOME_LIVES_MS);
  assert(state.given >= 3, `only ${state.given} tokens were asked for`);
  assertEquals([heard.of("connected").length, heard.of("connecting").length], [1, 1]);
  await client.publish(channel, stage.pack("still here"));
  await ofChannel.until("publication");
}

async function isClosedWhenExpired(stage: ClientStage): Promise<void> {
  const { state, getToken } = tokens(stage, () => ({ sub: "42", exp: nowS() + LIFE_S }));
  const client = stage.client({ getToken });
  const heard = hearClient(client);
  client.connect();
  await heard.until("connected");
  const { heard: ofChannel } = await stage.subscribe(client, stage.name());
  state.isBroken = true;
  const { code, reason } = await heard.until("connecting", 2);
  assertEquals([code, reason], [3005, "connection expired"]);
  state.isBroken = false;
  await heard.until("connected", 2);
  assertEquals((await ofChannel.until("subscribed", 2)).recovered, true);
}

async function subscribesWithAToken(stage: ClientStage): Promise<void> {
  const channel = stage.name("closed:");
  const client = await stage.connect({ user: "42" });
  const asked: string[] = [];
  const claims = { sub: "42", channel, info: { seat: 7 }, data: { hello: "there" } };
  const getToken = ({ channel }: { channel: string }) => {
    asked.push(channel);
    return stage.token(claims);
  };
  const expired = await stage.token({ ...claims, exp: nowS() - 9 });
  const options = { token: expired, getToken, minResubscribeDelay: 20 };
  const { heard } = await stage.subscribe(client, channel, options);
  assertEquals(asked, [channel]);
  const { data } = heard.of("subscribed")[0]!;
  assertEquals(data instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(data)) : data, {
    hello: "there",
  });
  const { presence } = await stage.api<{ presence: Record<string, unknown> }>("presence", {
    channel,
  });
  const [present] = Object.values(presence) as { chan_info: unknown }[];
  assertEquals(present?.chan_info, { seat: 7 });
}

async function subscribesWithAWrongToken(stage: ClientStage): Promise<void> {
  const channel = stage.name("closed:");
  const good = { sub: "42", channel };
  for (
    const [claims, secret] of [
      [{ ...good, channel: "closed:other" }],
      [{ ...good, sub: "43" }],
      [{ ...good, client: "another" }],
      [good, "another secret"],
    ] as const
  ) {
    const client = await stage.connect({ user: "42" });
    const heard = hearClient(client);
    const subscription = client.newSubscription(channel, {
      token: await stage.token(claims, secret),
    });
    const ofSubscription = hearSubscription(subscription);
    subscription.subscribe();
    if (secret === undefined) {
      assertEquals((await heard.until("disconnected")).code, 3500);
    } else {
      assertEquals((await ofSubscription.until("unsubscribed")).code, 103);
      assertEquals(client.state, "connected");
    }
    assertEquals(ofSubscription.of("subscribed"), []);
    client.disconnect();
  }
}

async function refreshesASubscription(stage: ClientStage): Promise<void> {
  const channel = stage.name("closed:");
  const { state, getToken } = tokens(stage, () => ({ sub: "42", channel, exp: nowS() + LIFE_S }));
  const client = await stage.connect({ user: "42" });
  const { heard } = await stage.subscribe(client, channel, { getToken });
  await sleep(SOME_LIVES_MS);
  assert(state.given >= 3, `only ${state.given} tokens were asked for`);
  assertEquals([heard.of("subscribed").length, heard.of("subscribing").length], [1, 1]);
  await stage.publish(channel, ["still here"]);
  await heard.until("publication");
}

async function losesAnExpiredSubscription(stage: ClientStage): Promise<void> {
  const channel = stage.name("closed:");
  const { state, getToken } = tokens(stage, () => ({ sub: "42", channel, exp: nowS() + LIFE_S }));
  const client = await stage.connect({ user: "42" });
  const options = { getToken, minResubscribeDelay: 20, maxResubscribeDelay: 50 };
  const { heard } = await stage.subscribe(client, channel, options);
  state.isBroken = true;
  const { code, reason } = await heard.until("subscribing", 2);
  assertEquals([code, reason], [2501, "subscription expired"]);
  assertEquals((await stage.present(channel))[0], 0);
  state.isBroken = false;
  await heard.until("subscribed", 2);
  assertEquals(client.state, "connected");
}

clientSuite("Centrifuge client with a token", {
  "asks for it once and is who it says": asksForAToken,
  "asks for another when it has expired": renewsAnExpiredToken,
  "is turned away for good when it is not good": isTurnedAway,
  "stays while it refreshes it": refreshes,
  "is closed with 3005 when it does not": isClosedWhenExpired,
  "subscribes where only a token lets in": subscribesWithAToken,
  "does not get in with that of another": subscribesWithAWrongToken,
  "stays subscribed while it refreshes it": refreshesASubscription,
  "is unsubscribed with 2501 when it does not": losesAnExpiredSubscription,
}, { isTogether: true });
