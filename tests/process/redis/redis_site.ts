/** Several servers that share one Redis, with official clients and publishers at each of them. */
import { assertEquals } from "@std/assert";
import { freePort } from "../../helpers/free_port.ts";
import { Midgard, type Mode } from "../../helpers/midgard.ts";
import { OfficialCrowd, type Received } from "../../helpers/official_crowd.ts";
import {
  type Account,
  Publishers,
  type ReadLog,
  readLog,
  settle,
} from "../../helpers/publishers.ts";
import { RedisProcess } from "../../helpers/redis_process.ts";
import { Relay } from "../../helpers/relay.ts";
import { inParallel, range, waitFor } from "../../helpers/wait.ts";

/** How large a site is. */
export interface SiteOptions {
  readonly mode: Mode;
  readonly nodes: number;
  /** Of each node. */
  readonly clients: number;
  readonly channels: number;
  /** Arguments of `redis-server`. */
  readonly redisArgs?: readonly string[];
  /** Characters that make each publication longer. @default 0 */
  readonly padding?: number;
}

/** What a site has shown when it is over. */
export interface Outcome extends Account {
  readonly deliveries: number;
  /** Publications that a client was sent twice, out of order, or not at all. */
  readonly repeatedToClients: number;
  readonly misordered: number;
  readonly missing: number;
}

/** One server and those who are at it. */
interface Node {
  readonly port: number;
  readonly relay: Relay;
  readonly crowd: OfficialCrowd;
  readonly publishers: Publishers;
  server: Midgard;
}

/** The whole. Dispose of it with `await using`. */
export class RedisSite implements AsyncDisposable {
  readonly redis: RedisProcess;
  readonly nodes: Node[] = [];
  readonly #options: SiteOptions;
  readonly #channels: readonly string[];

  private constructor(redis: RedisProcess, options: SiteOptions) {
    this.redis = redis;
    this.#options = options;
    this.#channels = range(options.channels).map((index) => `crowd-${index}`);
  }

  /** Starts everything, and waits until every client is subscribed. */
  static async start(options: SiteOptions): Promise<RedisSite> {
    const redis = await RedisProcess.start({
      args: options.redisArgs ?? ["--appendonly", "yes", "--appendfsync", "always"],
    });
    const site = new RedisSite(redis, options);
    try {
      for (const _ of range(options.nodes)) await site.#add();
      await Promise.all(site.nodes.map(({ crowd }) => crowd.subscribed(0)));
      return site;
    } catch (error) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts a node again that has ended, at the same port. */
  async restart(node: Node): Promise<void> {
    node.server = await this.#serve(node.port, node.relay);
  }

  /** Everyone publishes until `fault` is over; gives all that was sent meanwhile. */
  async publishing(fault: () => Promise<void>): Promise<void> {
    const running = this.nodes.map(({ publishers, port }) => publishers.run(port));
    await this.#acknowledged(50);
    await fault();
    for (const { publishers } of this.nodes) publishers.stop();
    await Promise.all(running);
  }

  /** Waits for so many more acknowledged publications at each node that publishes. */
  async #acknowledged(count: number): Promise<void> {
    await Promise.all(this.nodes.map(async ({ publishers }) => {
      const goal = publishers.acknowledged + count;
      await publishers.until(({ acknowledged }) => acknowledged >= goal, {
        what: `${count} publications`,
        deadlineMs: 20_000,
      });
    }));
  }

  /** Waits until a node says that it is ready, or that it is not. */
  async until(node: Node, status: 200 | 503): Promise<void> {
    await waitFor(async () => {
      const response = await fetch(`http://127.0.0.1:${node.port}/readyz`).catch(() => undefined);
      await response?.body?.cancel();
      return response?.status === status;
    }, { what: `${status} of /readyz`, deadlineMs: 20_000, explain: () => `${node.server.log}` });
  }

  /** Lets every client catch up, and compares what everyone saw. */
  async finish(): Promise<Outcome> {
    const { port } = this.nodes[0]!;
    const read = async (channel: string) => [channel, await readLog(port, channel)] as const;
    const logs = new Map(await inParallel(this.#channels, read));
    const tops = Object.fromEntries([...logs].map(([channel, { top }]) => [channel, top]));
    const received = (await Promise.all(this.nodes.map(({ crowd }) => crowd.finish(tops)))).flat();
    assertEquals(received.length, this.#options.nodes * this.#options.clients);
    const sent = this.nodes.flatMap(({ publishers }) => publishers.sent);
    return { ...settle(sent, logs), ...compare(received, logs) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { publishers, crowd, server, relay } of this.nodes) {
      publishers.stop();
      await crowd[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      relay[Symbol.dispose]();
    }
    await this.redis[Symbol.asyncDispose]();
  }

  async #add(): Promise<void> {
    const { clients, channels, padding = 0 } = this.#options;
    const [port, index] = [freePort(), this.nodes.length];
    const relay = new Relay(this.redis.port);
    const server = await this.#serve(port, relay);
    const crowd = new OfficialCrowd({ port, clients, channels, processes: 1 });
    const publishers = new Publishers({
      ...{ count: 8, channels: this.#channels, pauseMs: 10, maxRefusals: Infinity },
      ...{ name: `n${index}-`, padding },
    });
    this.nodes.push({ port, relay, crowd, publishers, server });
  }

  async #serve(port: number, relay: Relay): Promise<Midgard> {
    const data = `redis://127.0.0.1:${relay.port}`;
    const args = ["--port", `${port}`, "--data", data, "--history-size", "1000000"];
    return await Midgard.start({ mode: this.#options.mode, args });
  }
}

/** Nothing that was acknowledged is lost, and every client has all of it, once and in order. */
export function assertKept(outcome: Outcome): void {
  const { lost, repeated, lies, strange, repeatedToClients, misordered, missing } = outcome;
  assertEquals(
    { lost, repeated, lies, strange, repeatedToClients, misordered, missing },
    { lost: 0, repeated: 0, lies: 0, strange: 0, repeatedToClients: 0, misordered: 0, missing: 0 },
  );
}

/** Each client is to have the whole log of its channel, once and in order. */
export function compare(
  all: readonly Received[],
  logs: ReadonlyMap<string, ReadLog>,
): Omit<Outcome, keyof Account> {
  let [deliveries, repeatedToClients, misordered, missing] = [0, 0, 0, 0];
  for (const { channel, received } of all) {
    const whole = logs.get(channel)?.publications.map(({ offset, data }) => `${offset}:${data}`);
    const seen = new Set(received);
    deliveries += received.length;
    repeatedToClients += received.length - seen.size;
    missing += whole?.filter((one) => !seen.has(one)).length ?? NaN;
    const offsets = received.map((one) => Number(one.split(":")[0]));
    misordered += offsets.filter((offset, index) => offset <= (offsets[index - 1] ?? 0)).length;
  }
  return { deliveries, repeatedToClients, misordered, missing };
}
