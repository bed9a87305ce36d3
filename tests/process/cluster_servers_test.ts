/** Servers that share a real Redis, and official clients spread over them. */
import { assert, assertEquals } from "@std/assert";
import { Centrifuge } from "centrifuge";
import type { Subscription, SubscriptionOptions } from "centrifuge";
import { forEachMode, Midgard, type Mode, type RunningMidgard } from "../helpers/midgard.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { waitFor } from "../helpers/wait.ts";

function until(condition: () => boolean | Promise<boolean>, what: string): Promise<boolean> {
  return waitFor(condition, { what, deadlineMs: 20_000 });
}

const CONFIG = JSON.stringify({
  client: { insecure: true, allowed_origins: ["*"] },
  channel: { without_namespace: { presence: true, join_leave: true, force_push_join_leave: true } },
});

/** One of the servers. */
class Site {
  readonly server: RunningMidgard;
  readonly port: number;

  private constructor(server: RunningMidgard) {
    this.server = server;
    this.port = server.port;
  }

  static async start(mode: Mode, folder: string, url: string): Promise<Site> {
    const args = ["--config", "midgard.json", "--data", url];
    return new Site(await Midgard.start({ mode, cwd: folder, args }));
  }

  /** Calls the server API; gives its result. */
  async call(method: string, request: unknown = {}): Promise<Record<string, unknown>> {
    const answer = await this.post(`/api/${method}`, request);
    const { result, error } = await answer.json();
    return result ?? error;
  }

  post(path: string, body: unknown): Promise<Response> {
    const init = { method: "POST", body: JSON.stringify(body) };
    return fetch(`http://127.0.0.1:${this.port}${path}`, init);
  }

  events(name: string): number {
    return this.server.log.of(name).length;
  }

  async present(channel: string): Promise<string[]> {
    const { presence } = await this.call("presence", { channel });
    return Object.keys(presence as object).sort();
  }
}

/** Servers that know each other. */
class Sites implements AsyncDisposable {
  readonly redis: RedisProcess;
  readonly sites: Site[] = [];
  readonly #clients: Centrifuge[] = [];

  private constructor(redis: RedisProcess) {
    this.redis = redis;
  }

  static async start(mode: Mode, count: number): Promise<Sites> {
    const redis = await RedisProcess.start();
    const group = new Sites(redis);
    await Deno.writeTextFile(`${redis.folder}/midgard.json`, CONFIG);
    for (let nth = 0; nth < count; nth += 1) {
      group.sites.push(await Site.start(mode, redis.folder, redis.url));
    }
    // Asking makes each beat, and so look who else there is.
    for (const site of group.sites) await site.call("info");
    return group;
  }

  /** An official client at one of the servers, with a subscription that is up. */
  async client(site: number, channel: string, options: Partial<SubscriptionOptions> = {}) {
    const client = new Centrifuge(`ws://127.0.0.1:${this.sites[site]!.port}/connection/websocket`);
    this.#clients.push(client);
    const subscription = client.newSubscription(channel, options);
    const heard: string[] = [];
    subscription.on("join", ({ info }) => heard.push(`join ${info.client}`));
    subscription.on("leave", ({ info }) => heard.push(`leave ${info.client}`));
    const isUp = subscribed(subscription);
    const id = new Promise<string>((resolve) =>
      client.on("connected", (context) => resolve(context.client))
    );
    subscription.subscribe();
    client.connect();
    await isUp;
    return { client, subscription, heard, id: await id };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    for (const { server } of this.sites) await server[Symbol.asyncDispose]();
    await this.redis[Symbol.asyncDispose]();
  }
}

function subscribed(subscription: Subscription): Promise<void> {
  return new Promise((resolve) => subscription.on("subscribed", () => resolve()));
}

forEachMode(
  "Servers that share a Redis answer info, channels and presence for all of them",
  async (mode) => {
    await using group = await Sites.start(mode, 3);
    const clients = await Promise.all([0, 1, 2].map((site) => group.client(site, "news")));
    const ids = clients.map(({ id }) => id).sort();
    for (const site of group.sites) {
      const { nodes } = await site.call("info") as { nodes: { uid: string }[] };
      assertEquals(new Set(nodes.map(({ uid }) => uid)).size, 3);
      assertEquals(await site.call("channels"), { channels: { news: { num_clients: 3 } } });
      const areAll = async () => (await site.present("news")).join() === ids.join();
      await until(areAll, "all to be present");
      const stats = { num_clients: 3, num_users: 1 };
      assertEquals(await site.call("presence_stats", { channel: "news" }), stats);
    }
    const { clients: seen } = await clients[0]!.subscription.presence();
    assertEquals(Object.keys(seen).sort(), ids);
  },
);

forEachMode(
  "Who comes to one server and leaves it is told at the others, also by its stop",
  async (mode) => {
    await using group = await Sites.start(mode, 2);
    const listener = await group.client(0, "news");
    const other = await group.client(1, "news");
    await until(() => listener.heard.includes(`join ${other.id}`), "the join");
    const [gone] = group.sites.splice(1, 1);
    await gone!.server.stop();
    await until(() => listener.heard.includes(`leave ${other.id}`), "the leave");
    const { nodes } = await group.sites[0]!.call("info");
    assertEquals((nodes as unknown[]).length, 1);
    assertEquals(await group.sites[0]!.present("news"), [listener.id]);
  },
);

forEachMode(
  "Who was at a server that is killed is present no more, and expires in Redis",
  async (mode) => {
    await using group = await Sites.start(mode, 2);
    const { id } = await group.client(0, "news");
    await group.client(1, "news");
    const here = group.sites[0]!;
    await until(async () => (await here.present("news")).length === 2, "both to be present");
    const [killed] = group.sites.splice(1, 1);
    await killed!.server.stop("SIGKILL");
    await until(async () => (await here.present("news")).join() === id, "the other to be gone");
    const keys = (await group.redis.cli("KEYS", "*:present:*")).split("\n");
    assertEquals(keys.length, 4, "the clients and the users of both servers");
    for (const key of keys) {
      const leftMs = Number(await group.redis.cli("PTTL", key));
      assert(leftMs > 0 && leftMs <= 60_000, `${key} goes in ${leftMs} ms`);
    }
  },
);

forEachMode("Calls about a client reach it at whichever server it is", async (mode) => {
  await using group = await Sites.start(mode, 2);
  const { client, subscription, id } = await group.client(1, "news");
  const here = group.sites[0]!;
  const left = new Promise((resolve) => subscription.on("unsubscribed", resolve));
  const added = new Promise((resolve) => client.on("subscribed", resolve));
  const ended = new Promise<{ code: number }>((resolve) => client.on("disconnected", resolve));
  assertEquals(await here.call("unsubscribe", { client: id, channel: "news", user: "" }), {});
  await left;
  assertEquals(await here.call("subscribe", { client: id, channel: "more", user: "" }), {});
  await added;
  assertEquals(await here.call("disconnect", { client: id, user: "" }), {});
  assertEquals((await ended).code, 3503);
});

forEachMode(
  "What is posted beside a stream reaches the server that holds it, from any other",
  async (mode) => {
    await using group = await Sites.start(mode, 2);
    const connect = await group.sites[1]!.post("/connection/http_stream", { connect: {}, id: 1 });
    const reader = connect.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("\n")) text += (await reader.read()).value ?? "";
    const { session, node } = JSON.parse(text).connect;
    const data = JSON.stringify({ id: 2, subscribe: { channel: "news" } });
    const posted = await group.sites[0]!.post("/emulation", { session, node, data });
    assertEquals([posted.status, await posted.text()], [204, ""]);
    while (!text.includes('"id":2')) text += (await reader.read()).value ?? "";
    assert(text.includes('"subscribe"'));
    const nobody = { session, node: crypto.randomUUID(), data };
    const refused = await group.sites[0]!.post("/emulation", nobody);
    assertEquals([refused.status, (await refused.json()).error.code], [404, "unknown_node"]);
    await reader.cancel();
  },
);

forEachMode("A server cut off from Redis serves its own clients and says so", async (mode) => {
  await using group = await Sites.start(mode, 2);
  const { id } = await group.client(0, "news");
  await group.client(1, "news");
  const here = group.sites[0]!;
  await group.redis.stop();
  const info = await here.call("info");
  assertEquals((info.nodes as unknown[]).length, 1);
  assertEquals((info.missing_nodes as unknown[]).length, 1);
  assertEquals(await here.present("news"), [id]);
  assertEquals((await here.call("refresh", { user: "42" })).code, 100);
  assertEquals(here.events("cluster_cut_off"), 1);
  const metrics = await (await fetch(`http://127.0.0.1:${here.port}/metrics`)).text();
  assert(metrics.includes("\nmidgard_cluster_cut_off 1\n"));
  await group.redis.again();
  await until(async () => ((await here.call("info")).nodes as unknown[]).length === 2, "both");
  assertEquals(here.events("cluster_restored"), 1);
  const all = async () => (await here.present("news")).length === 2;
  await until(all, "both to be present again");
});
