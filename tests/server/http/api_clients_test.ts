import { assert, assertEquals } from "@std/assert";
import { NO_TOKEN_KEYS } from "../../../server/config/mod.ts";
import { SECRET, sign } from "../auth/signer.ts";
import type { DifferentSettings } from "../settings.ts";
import { errorOf, resultOf } from "./api_caller.ts";
import { Site } from "./site.ts";
import { type Message, StreamClient } from "./stream_client.ts";

function site(client: DifferentSettings["client"] = {}): Site {
  const token = { ...NO_TOKEN_KEYS, hmacSecretKey: SECRET };
  return new Site({ settings: { namespaces: { ns: {} }, client: { token, ...client } } });
}

async function connect(at: Site, user: string): Promise<StreamClient> {
  return await StreamClient.open(at, { token: await sign({ sub: user }) });
}

/** The next push to a client. */
async function pushed(client: StreamClient): Promise<Message> {
  const { push } = await client.next();
  assert(typeof push === "object" && push !== null);
  return { ...push };
}

/** Whether a client is still there: what it asks is answered, and nothing was pushed before. */
async function assertUntouched(client: StreamClient): Promise<void> {
  assertEquals(await client.peek("unsubscribe", { channel: "ns:x" }), { unsubscribe: {} });
}

async function epochOf(at: Site, channel: string): Promise<string> {
  return (await at.log.tops([channel]))[0]?.epoch ?? "";
}

Deno.test("subscribe subscribes every connection of a user, and tells each", async () => {
  const at = site();
  await resultOf(at, "publish", { channel: "ns:a", data: 1 });
  await using first = await connect(at, "42");
  await using second = await connect(at, "42");
  await using other = await connect(at, "7");
  assertEquals(await resultOf(at, "subscribe", { user: "42", channel: "ns:a" }), {});
  const epoch = await epochOf(at, "ns:a");
  const subscribe = { recoverable: true, positioned: true, epoch, offset: 1 };
  for (const client of [first, second]) {
    assertEquals(await pushed(client), { channel: "ns:a", subscribe });
  }
  await resultOf(at, "publish", { channel: "ns:a", data: 2 });
  for (const client of [first, second]) {
    assertEquals(await pushed(client), { channel: "ns:a", pub: { data: 2, offset: 2 } });
  }
  await assertUntouched(other);
  const { channels } = await resultOf(at, "channels");
  assertEquals(channels, { "ns:a": { num_clients: 2 } });
});

Deno.test("subscribe again changes nothing", async () => {
  const at = site();
  await using client = await connect(at, "42");
  await client.ask("subscribe", { channel: "ns:a" });
  assertEquals(await resultOf(at, "subscribe", { user: "42", channel: "ns:a" }), {});
  await assertUntouched(client);
});

Deno.test("subscribe may name one client, or one stream", async () => {
  const at = site();
  await using first = await connect(at, "42");
  await using second = await connect(at, "42");
  await resultOf(at, "subscribe", { user: "42", channel: "ns:a", client: first.id });
  assertEquals((await pushed(first))["channel"], "ns:a");
  await resultOf(at, "subscribe", { user: "42", channel: "ns:b", session: second.session });
  assertEquals((await pushed(second))["channel"], "ns:b");
  await assertUntouched(first);
});

/** Nobody is meant by these. */
const NOBODY: readonly object[] = [
  {},
  { user: "nobody" },
  { user: "42", client: "unknown" },
  { user: "42", session: "unknown" },
  { client: "unknown" },
];

for (const target of NOBODY) {
  Deno.test(`calls about ${JSON.stringify(target)} are no errors, and are about nobody`, async () => {
    const at = site();
    await using client = await connect(at, "42");
    await client.ask("subscribe", { channel: "ns:a" });
    for (const method of ["subscribe", "unsubscribe", "disconnect", "refresh"]) {
      const params = { ...target, channel: method === "subscribe" ? "ns:b" : "ns:a" };
      assertEquals(await resultOf(at, method, { ...params, expired: true }), {}, method);
    }
    await assertUntouched(client);
  });
}

Deno.test("a client of another user is not meant by its id alone", async () => {
  const at = site();
  await using client = await connect(at, "42");
  await resultOf(at, "disconnect", { user: "7", client: client.id });
  await assertUntouched(client);
});

Deno.test("subscribe tells data, and others what it says of the client", async () => {
  const at = site();
  await using client = await connect(at, "42");
  const info = { role: "guest" };
  const params = { user: "42", channel: "ns:a", info, data: { hello: [1] } };
  await resultOf(at, "subscribe", params);
  const { subscribe } = await pushed(client) as { subscribe: Message };
  assertEquals(subscribe["data"], { hello: [1] });
  const { presence } = await resultOf(at, "presence", { channel: "ns:a" });
  assertEquals(presence, {
    [client.id]: { user: "42", client: client.id, chan_info: info },
  });
});

Deno.test("subscribe may override the options of the channel", async () => {
  const at = site();
  await using client = await connect(at, "42");
  const override = { presence: { value: false }, force_push_join_leave: { value: true } };
  await resultOf(at, "subscribe", { user: "42", channel: "ns:a", override });
  assertEquals(Object.keys(await pushed(client)), ["channel", "subscribe"]);
  assertEquals(Object.keys(await pushed(client)), ["channel", "join"]);
  assertEquals(await resultOf(at, "presence", { channel: "ns:a" }), { presence: {} });
});

Deno.test("subscribe with recover_since pushes what came after it", async () => {
  const at = site();
  for (const data of [1, 2, 3]) await resultOf(at, "publish", { channel: "ns:a", data });
  await using client = await connect(at, "42");
  const recover_since = { offset: 1, epoch: await epochOf(at, "ns:a") };
  await resultOf(at, "subscribe", { user: "42", channel: "ns:a", recover_since });
  assertEquals(Object.keys(await pushed(client)), ["channel", "subscribe"]);
  for (const offset of [2, 3]) {
    assertEquals(await pushed(client), { channel: "ns:a", pub: { data: offset, offset } });
  }
});

Deno.test("subscribe refuses channels that there are none of", async () => {
  const at = site();
  await using client = await connect(at, "42");
  assertEquals(await errorOf(at, "subscribe", { user: "42" }), 107);
  assertEquals(await errorOf(at, "subscribe", { user: "42", channel: "a b" }), 107);
  assertEquals(await errorOf(at, "subscribe", { user: "42", channel: "nope:a" }), 102);
  await assertUntouched(client);
});

Deno.test("subscribe refuses more subscriptions than a client may have", async () => {
  const at = site({ channelLimit: 1 });
  await using client = await connect(at, "42");
  await client.ask("subscribe", { channel: "ns:a" });
  assertEquals(await errorOf(at, "subscribe", { user: "42", channel: "ns:b" }), 106);
  await assertUntouched(client);
});

Deno.test("unsubscribe ends one subscription, or without a channel all, and says so", async () => {
  const at = site();
  await using client = await connect(at, "42");
  await using other = await connect(at, "7");
  for (const channel of ["ns:a", "ns:b", "ns:c"]) await client.ask("subscribe", { channel });
  await other.ask("subscribe", { channel: "ns:a" });
  const unsubscribe = { code: 2000, reason: "server unsubscribe" };
  assertEquals(await resultOf(at, "unsubscribe", { user: "42", channel: "ns:a" }), {});
  assertEquals(await pushed(client), { channel: "ns:a", unsubscribe });
  assertEquals(await resultOf(at, "unsubscribe", { user: "42", channel: "" }), {});
  assertEquals(await pushed(client), { channel: "ns:b", unsubscribe });
  assertEquals(await pushed(client), { channel: "ns:c", unsubscribe });
  await resultOf(at, "publish", { channel: "ns:a", data: 1 });
  await assertUntouched(client);
  assertEquals(await pushed(other), { channel: "ns:a", pub: { data: 1, offset: 1 } });
});
