/** What the server API does to clients, on every transport, and that it does it to no others. */
import { assert, assertEquals } from "@std/assert";
import { type CentrifugePeer, outcomeOf } from "../helpers/centrifuge_peer.ts";
import type { Fields } from "../helpers/centrifuge_wire.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { within } from "../helpers/wait.ts";
import { ApiSite, idsOf } from "./api_site.ts";

/** The clients of two users, one for each transport. */
interface Scene {
  readonly site: ApiSite;
  readonly meant: readonly CentrifugePeer[];
  readonly others: readonly CentrifugePeer[];
}

/** Runs a test with a server and clients; at its end nothing has happened to those not meant. */
function withClients(name: string, test: (scene: Scene) => Promise<void>): void {
  forEachMode(name, async (mode) => {
    const cwd = await Deno.makeTempDir();
    const site = await ApiSite.start({ mode, cwd });
    await using _server = site.server;
    const scene = { site, meant: await site.clientsOf("42"), others: await site.clientsOf("7") };
    await test(scene);
    for (const other of scene.others) {
      assertEquals(outcomeOf(await other.ask("unsubscribe", { channel: "log:none" })), "ok");
      assertEquals(other.pushes, []);
    }
    for (const peer of [...scene.meant, ...scene.others]) peer.close();
    await Deno.remove(cwd, { recursive: true });
  });
}

/** Pushes without the zero values that the Protobuf client writes down. */
function told(pushes: readonly Fields[]): unknown[] {
  return pushes.map((push) => Object.fromEntries(Object.entries(push).filter(([, v]) => v !== 0)));
}

withClients("subscribe begins a subscription of every connection of a user", async (scene) => {
  const { site, meant } = scene;
  const channel = "log:a";
  const { epoch } = await site.call("publish", { channel, data: 1 });
  const params = { user: "42", channel, data: { hello: true }, info: { role: "guest" } };
  assertEquals(await site.call("subscribe", params), {});
  for (const peer of meant) {
    const subscribe = { recoverable: true, positioned: true, epoch, offset: 1 };
    const expected = { ...subscribe, data: { hello: true } };
    assertEquals(told(await peer.until("subscribe", channel)), [expected]);
  }
  await site.call("publish", { channel, data: 2 });
  for (const peer of meant) {
    const [{ data, offset } = {}] = await peer.until("pub", channel);
    assertEquals([data, offset], [2, 2]);
  }
  const { presence } = await site.call("presence", { channel }) as { presence: Fields };
  assertEquals(Object.keys(presence).sort(), idsOf(meant).sort());
  const infos = Object.values(presence).map((info) => (info as Fields)["chan_info"]);
  assertEquals(infos, meant.map(() => ({ role: "guest" })));
});

withClients(
  "subscribe may name one client, and pushes what it missed since a position",
  async (scene) => {
    const { site, meant } = scene;
    const channel = "log:a";
    const epochs = await Promise.all(
      [1, 2, 3].map((data) => site.call("publish", { channel, data })),
    );
    for (const peer of meant) {
      const recover_since = { offset: 1, epoch: epochs[0]?.["epoch"] };
      const [client] = idsOf([peer]);
      await site.call("subscribe", { user: "42", client, channel, recover_since });
      const missed = await peer.until("pub", channel, 2);
      assertEquals(missed.map(({ data, offset }) => [data, offset]), [[2, 2], [3, 3]]);
    }
    const { channels } = await site.call("channels");
    assertEquals(channels, { [channel]: { num_clients: meant.length } });
  },
);

withClients(
  "unsubscribe ends a subscription and says so, and nothing more comes",
  async (scene) => {
    const { site, meant } = scene;
    for (const channel of ["log:a", "log:b"]) {
      for (const peer of meant) await peer.ask("subscribe", { channel });
    }
    assertEquals(await site.call("unsubscribe", { user: "42", channel: "log:a" }), {});
    const body = { code: 2000, reason: "server unsubscribe" };
    for (const peer of meant) assertEquals(await peer.until("unsubscribe", "log:a"), [body]);
    for (const channel of ["log:a", "log:b"]) await site.call("publish", { channel, data: 1 });
    for (const peer of meant) {
      await peer.until("pub", "log:b");
      assertEquals(peer.pushed("pub", "log:a"), []);
    }
    assertEquals(await site.call("presence", { channel: "log:a" }), { presence: {} });
  },
);

withClients(
  "disconnect ends connections with its own code and reason, but those on a list",
  async (scene) => {
    const { site, meant } = scene;
    const [kept, ...gone] = meant;
    assert(kept !== undefined);
    const disconnect = { code: 4_042, reason: "moved house" };
    const whitelist = idsOf([kept]);
    assertEquals(await site.call("disconnect", { user: "42", whitelist, disconnect }), {});
    for (const peer of gone) {
      const end = await within(peer.ended, { what: "the end" });
      assertEquals(end, disconnect);
    }
    assertEquals(outcomeOf(await kept.ask("unsubscribe", { channel: "log:a" })), "ok");
    assertEquals(await site.call("disconnect", { user: "42" }), {});
    const end = await within(kept.ended, { what: "the end" });
    assertEquals(end, { code: 3503, reason: "force disconnect" });
  },
);

withClients("disconnect refuses codes and reasons that no client could take", async (scene) => {
  const { site, meant } = scene;
  const bad = [{ code: 1000 }, { code: 5_000 }, { reason: "x".repeat(124) }, { reason: "{}" }];
  for (const disconnect of bad) {
    assertEquals(await site.errorOf("disconnect", { user: "42", disconnect }), 107);
  }
  for (const peer of meant) {
    assertEquals(outcomeOf(await peer.ask("unsubscribe", { channel: "log:a" })), "ok");
  }
});

withClients("refresh gives connections another end, tells them, or ends them", async (scene) => {
  const { site, meant } = scene;
  const expire_at = Math.floor(Date.now() / 1_000) + 100;
  assertEquals(await site.call("refresh", { user: "42", expire_at, info: { name: "new" } }), {});
  for (const peer of meant) {
    const [{ expires, ttl } = {}] = await peer.until("refresh");
    assertEquals(expires, true);
    assert(Number(ttl) > 90 && Number(ttl) <= 100);
    await peer.ask("publish", { channel: "log:a", data: 1 });
  }
  const { publications } = await site.call("history", { channel: "log:a", limit: -1 });
  const names = (publications as { info: Fields }[]).map(({ info }) => info["conn_info"]);
  assertEquals(names, meant.map(() => ({ name: "new" })));
  assertEquals(await site.call("refresh", { user: "42", expired: true }), {});
  for (const peer of meant) {
    const end = await within(peer.ended, { what: "the end" });
    assertEquals(end, { code: 3005, reason: "connection expired" });
  }
});

withClients("a call about nobody is no error and does nothing", async (scene) => {
  const { site } = scene;
  const nobody = [{}, { user: "nobody" }, { user: "42", client: "unknown" }, {
    user: "42",
    session: "x",
  }];
  for (const target of nobody) {
    for (const method of ["subscribe", "unsubscribe", "disconnect", "refresh"]) {
      const params = { ...target, channel: "log:a", expired: true };
      assertEquals(await site.call(method, params), {}, `${method} ${JSON.stringify(target)}`);
    }
  }
  for (const peer of scene.meant) {
    assertEquals(outcomeOf(await peer.ask("unsubscribe", { channel: "log:a" })), "ok");
    assertEquals(peer.pushes, []);
  }
});
