/** Whole servers in one process that share a real Redis. */
import { assert, assertEquals } from "@std/assert";
import { Centrifuge } from "centrifuge";
import type { Subscription, SubscriptionOptions } from "centrifuge";
import { Lifecycle } from "../../lifecycle/mod.ts";
import { loadConfig } from "../../server/config/mod.ts";
import { Logger } from "../../server/log.ts";
import { Server } from "../../server/server.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { waitFor } from "../helpers/wait.ts";

function until(condition: () => boolean | Promise<boolean>, what: string): Promise<boolean> {
  return waitFor(condition, { what, deadlineMs: 15_000 });
}

const CONFIG = JSON.stringify({
  ...{ port: 0, client: { insecure: true, allowed_origins: ["*"] } },
  channel: { without_namespace: { presence: true, join_leave: true, force_push_join_leave: true } },
});

/** One of the servers. */
class Site {
  readonly port: number;
  readonly lines: Record<string, unknown>[];
  readonly #lifecycle: Lifecycle;
  readonly #running: Promise<unknown>;

  private constructor(
    own: { port: number; lifecycle: Lifecycle; running: Promise<unknown> },
    lines: Record<string, unknown>[],
  ) {
    this.port = own.port;
    this.lines = lines;
    this.#lifecycle = own.lifecycle;
    this.#running = own.running;
  }

  static async start(url: string): Promise<Site> {
    const loaded = await loadConfig({
      ...{ args: ["--config", "midgard.json", "--data", url], env: {}, readFile: () => CONFIG },
    });
    if (loaded.kind === "refused") throw new Error(loaded.problems.join("\n"));
    const lines: Record<string, unknown>[] = [];
    const write = (text: string) => void lines.push(JSON.parse(text));
    const log = new Logger({ format: "json", level: "info", write });
    const lifecycle = new Lifecycle(loaded.config);
    const parts = { config: loaded.config, lifecycle, log };
    const server = new Server({ ...parts, files: undefined, tls: undefined });
    const { port } = await server.start();
    lifecycle.ready();
    return new Site({ port, lifecycle, running: server.run() }, lines);
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
    return this.lines.filter(({ event }) => event === name).length;
  }

  async stop(): Promise<void> {
    this.#lifecycle.requestStop("SIGTERM");
    await this.#running;
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

  static async start(count: number): Promise<Sites> {
    const group = new Sites(await RedisProcess.start());
    for (let nth = 0; nth < count; nth += 1) group.sites.push(await Site.start(group.redis.url));
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
    for (const site of this.sites) await site.stop();
    await this.redis[Symbol.asyncDispose]();
  }
}

function subscribed(subscription: Subscription): Promise<void> {
  return new Promise((resolve) => subscription.on("subscribed", () => resolve()));
}

Deno.test("Servers that share a Redis answer info, channels and presence for all of them", async () => {
  await using group = await Sites.start(3);
  const clients = await Promise.all([0, 1, 2].map((site) => group.client(site, "news")));
  const ids = clients.map(({ id }) => id).sort();
  for (const site of group.sites) {
    const { nodes } = await site.call("info") as { nodes: { uid: string }[] };
    assertEquals(new Set(nodes.map(({ uid }) => uid)).size, 3);
    assertEquals(await site.call("channels"), { channels: { news: { num_clients: 3 } } });
    const present = async () => {
      const { presence } = await site.call("presence", { channel: "news" });
      return Object.keys(presence as object).sort().join() === ids.join();
    };
    await until(present, "all to be present");
    const stats = { num_clients: 3, num_users: 1 };
    assertEquals(await site.call("presence_stats", { channel: "news" }), stats);
  }
  const { clients: seen } = await clients[0]!.subscription.presence();
  assertEquals(Object.keys(seen).sort(), ids);
});

Deno.test("Who comes to one server and leaves it is told at the others, also by its stop", async () => {
  await using group = await Sites.start(2);
  const listener = await group.client(0, "news");
  const other = await group.client(1, "news");
  await until(() => listener.heard.includes(`join ${other.id}`), "the join");
  const [gone] = group.sites.splice(1, 1);
  await gone!.stop();
  await until(() => listener.heard.includes(`leave ${other.id}`), "the leave");
  const { nodes } = await group.sites[0]!.call("info");
  assertEquals((nodes as unknown[]).length, 1);
  const { presence } = await group.sites[0]!.call("presence", { channel: "news" });
  assertEquals(Object.keys(presence as object), [listener.id]);
});

Deno.test("Calls about a client reach it at whichever server it is", async () => {
  await using group = await Sites.start(2);
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

Deno.test("What is posted beside a stream reaches the server that holds it, from any other", async () => {
  await using group = await Sites.start(2);
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
});

Deno.test("A server cut off from Redis serves its own clients and says so", async () => {
  await using group = await Sites.start(2);
  const { id } = await group.client(0, "news");
  await group.client(1, "news");
  const here = group.sites[0]!;
  await group.redis.stop();
  const info = await here.call("info");
  assertEquals((info.nodes as unknown[]).length, 1);
  assertEquals((info.missing_nodes as unknown[]).length, 1);
  const { presence } = await here.call("presence", { channel: "news" });
  assertEquals(Object.keys(presence as object), [id]);
  assertEquals((await here.call("refresh", { user: "42" })).code, 100);
  assertEquals(here.events("cluster_cut_off"), 1);
  const metrics = await (await fetch(`http://127.0.0.1:${here.port}/metrics`)).text();
  assert(metrics.includes("\nmidgard_cluster_cut_off 1\n"));
  await group.redis.again();
  await until(async () => ((await here.call("info")).nodes as unknown[]).length === 2, "both");
  assertEquals(here.events("cluster_restored"), 1);
  const all = async () => {
    const { presence } = await here.call("presence", { channel: "news" });
    return Object.keys(presence as object).length === 2;
  };
  await until(all, "both to be present again");
});
