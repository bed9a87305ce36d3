import { assert, assertEquals } from "@std/assert";
import type { MeetingPlace } from "../../server/cluster/mod.ts";
import { redisMeetingPlace } from "../../server/cluster/mod.ts";
import { RedisServers } from "../../server/redis/mod.ts";
import { TimerWheel } from "../../server/session/mod.ts";
import { RedisProcess } from "../helpers/redis_process.ts";
import { waitFor } from "../helpers/wait.ts";
import { TestNode } from "../server/cluster/node_group.ts";

function until(condition: () => boolean | Promise<boolean>, what: string): Promise<boolean> {
  return waitFor(condition, { what, deadlineMs: 15_000 });
}

/** Nodes that meet over a real Redis. */
class RedisNodes implements AsyncDisposable {
  readonly redis: RedisProcess;
  readonly nodes: TestNode[] = [];
  readonly places: MeetingPlace[] = [];
  readonly #connections: RedisServers[] = [];
  readonly #wheel = new TimerWheel();

  private constructor(redis: RedisProcess) {
    this.redis = redis;
  }

  static async of(...uids: string[]): Promise<RedisNodes> {
    const group = new RedisNodes(await RedisProcess.start({ args: ["--appendonly", "yes"] }));
    for (const uid of uids) {
      const servers = await RedisServers.connect(group.redis.url);
      const place = redisMeetingPlace(servers, { uid, onError: () => {} });
      const node = new TestNode(uid, { place, wheel: group.#wheel });
      group.#connections.push(servers);
      group.places.push(place);
      group.nodes.push(node);
      await node.cluster.start();
    }
    // Those that came first learn of the others.
    for (const { cluster } of group.nodes) await cluster.info();
    return group;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { cluster } of this.nodes) await cluster.stop();
    for (const servers of this.#connections) servers.close();
    await this.redis[Symbol.asyncDispose]();
  }
}

Deno.test("Over Redis every node knows the others, sums up channels and carries out calls", async () => {
  await using group = await RedisNodes.of("a", "b", "c");
  const [a, b] = [group.nodes[0]!, group.nodes[1]!];
  const { value } = await a.cluster.info();
  assertEquals(value.map(({ uid }) => uid).sort(), ["a", "b", "c"]);
  for (const node of group.nodes) node.inUse = { all: 1, [node.uid]: 2 };
  assertEquals((await b.cluster.channels("")).value, { all: 3, a: 2, b: 2, c: 2 });
  assert(await a.cluster.tell("disconnect", '{"user":"1"}'));
  await until(() => b.calls.length === 1 && group.nodes[2]!.calls.length === 1, "both are told");
  assertEquals(a.calls, []);
  assertEquals(await a.cluster.emulate("b", "s", Uint8Array.of(0, 255)), "taken");
  assertEquals(b.emulated, [["s", Uint8Array.of(0, 255)]]);
  assertEquals(await a.cluster.emulate("nobody", "s", ""), "unknown");
  await group.nodes[2]!.cluster.stop();
  assertEquals((await a.cluster.info()).value.length, 2);
});

Deno.test("Over Redis presence and notices are those of all nodes", async () => {
  await using group = await RedisNodes.of("a", "b");
  const [a, b] = [group.nodes[0]!, group.nodes[1]!];
  const channel = "odd{}name:1";
  const listener = b.join(channel, "listener");
  const { bus } = group.places[0]!;
  await until(async () => await bus.publish(`notices:${channel}`, "") === 1, "it listens");
  b.notices.length = 0;
  const members = Array.from({ length: 2_500 }, (_, n) => a.join(channel, `${n}`));
  await until(async () => (await b.present(channel)).length === 2_501, "all are present");
  assertEquals(await b.cluster.members.stats(channel), { clients: 2_501, users: 2_501 });
  await until(() => b.notices.length >= 1_024, "it is told of others");
  for (const each of members) a.leave(each, true);
  await until(async () => (await b.present(channel)).length === 1, "all have left");
  b.leave(listener);
  await until(async () => await bus.publish(`notices:${channel}`, "") === 0, "it listens no more");
  assertEquals(a.errors, []);
  assertEquals(b.errors, []);
});

Deno.test("A Redis that is killed cuts nodes off; when it is back they find each other again", async () => {
  await using group = await RedisNodes.of("a", "b");
  const [a, b] = [group.nodes[0]!, group.nodes[1]!];
  a.join("news", "1");
  b.join("news", "2");
  await until(async () => (await b.present("news")).length === 2, "both are present");
  await group.redis.stop();
  await a.cluster.info();
  assert(a.cluster.isCutOff);
  assertEquals(await a.present("news"), ["1"]);
  assertEquals(await a.cluster.tell("disconnect", "{}"), false);
  const left = a.join("news", "left meanwhile");
  a.join("news", "3");
  a.leave(left);
  // An empty folder: everything it knew is gone.
  await Deno.remove(`${group.redis.folder}/appendonlydir`, { recursive: true });
  await group.redis.again();
  await until(() => !a.cluster.isCutOff && !b.cluster.isCutOff, "both are back");
  await until(async () => (await b.present("news")).join() === "1,2,3", "b sees all");
  await until(async () => (await a.present("news")).join() === "1,2,3", "a sees all");
  assert(await a.cluster.tell("refresh", "{}"));
  await until(() => b.calls.includes("refresh {}"), "it listens again");
});

Deno.test("A Redis that stands still holds up no answer for longer than its time", async () => {
  await using group = await RedisNodes.of("a", "b");
  const a = group.nodes[0]!;
  a.join("news", "1");
  group.redis.signal("SIGSTOP");
  const startedAt = performance.now();
  assertEquals(await a.present("news"), ["1"]);
  assert(performance.now() - startedAt < 4_000);
  group.redis.signal("SIGCONT");
  await until(() => !a.cluster.isCutOff, "it is back");
});
