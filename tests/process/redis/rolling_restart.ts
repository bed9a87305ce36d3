/** Three servers that share a Redis behind one address; they are stopped and started one by one. */
import { assertEquals } from "@std/assert";
import { Balancer, type BalancerKind } from "../../helpers/balancer.ts";
import { freePort } from "../../helpers/free_port.ts";
import { Midgard, type Mode } from "../../helpers/midgard.ts";
import { OfficialCrowd } from "../../helpers/official_crowd.ts";
import { Publishers, readLog, settle } from "../../helpers/publishers.ts";
import { RedisProcess } from "../../helpers/redis_process.ts";
import { inParallel, range, waitFor } from "../../helpers/wait.ts";
import { compare, type Outcome } from "./redis_site.ts";

/** How to restart. */
export interface RollingRestartOptions {
  readonly kind: BalancerKind;
  readonly mode: Mode;
  /** How often each of the three servers is restarted. */
  readonly rounds: number;
  readonly clients: number;
}

/** What it came to. */
export interface RollingRestart extends Outcome {
  /** Refusals that publishers were told, which they tried again. */
  readonly refusals: number;
  /** Clients that a stop sent to other servers, of all stops. */
  readonly moved: number;
}

const CHANNELS = range(8).map((index) => `crowd-${index}`);

/** Everybody is closed within a second, spread over it, once balancers had half of one to look away. */
const DRAIN = ["--drain-delay", "500ms", "--drain-window", "1s"];

/** Restarts every server in turn, `rounds` times, with clients and publishers at work throughout. */
export async function rollingRestart(options: RollingRestartOptions): Promise<RollingRestart> {
  const { kind, mode, rounds, clients } = options;
  await using redis = await RedisProcess.start({ args: ["--appendonly", "yes"] });
  const ports = range(3).map(() => freePort());
  const args = ["--data", redis.url, "--history-size", "1000000", ...DRAIN];
  const start = (port: number) => Midgard.start({ mode, args: ["--port", `${port}`, ...args] });
  await using stack = new AsyncDisposableStack();
  const servers: Midgard[] = [];
  for (const port of ports) servers.push(await start(port));
  stack.defer(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
  });
  await using balancer = await Balancer.start(kind, ports);
  const { port } = balancer;
  const crowd = new OfficialCrowd({ port, clients, channels: CHANNELS.length, processes: 2 });
  stack.use(crowd);
  await crowd.subscribed(0);
  const load = { count: 8, channels: CHANNELS, pauseMs: 10, maxRefusals: Infinity };
  const publishers = new Publishers(load);
  const publishing = publishers.run(port);
  let moved = 0;
  for (const _ of range(rounds)) {
    for (const [index, own] of ports.entries()) {
      const exit = await servers[index]!.stop("SIGTERM");
      assertEquals(exit.code, 0, `${servers[index]!.log}`);
      moved += exit.stopped?.clients ?? 0;
      servers[index] = await start(own);
      await waitFor(async () => await connected(ports) === clients, {
        what: "everybody to be connected again",
        deadlineMs: 20_000,
      });
    }
  }
  publishers.stop();
  await publishing;
  const outcome = await outcomeOf(ports[0]!, { publishers, crowd });
  return { ...outcome, refusals: publishers.refused, moved };
}

async function outcomeOf(
  port: number,
  { publishers, crowd }: { readonly publishers: Publishers; readonly crowd: OfficialCrowd },
): Promise<Outcome> {
  const read = async (channel: string) => [channel, await readLog(port, channel)] as const;
  const logs = new Map(await inParallel(CHANNELS, read));
  const tops = Object.fromEntries([...logs].map(([channel, { top }]) => [channel, top]));
  return { ...settle(publishers.sent, logs), ...compare(await crowd.finish(tops), logs) };
}

async function connected(ports: readonly number[]): Promise<number> {
  const counts = await Promise.all(ports.map(async (port) => {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`);
    return Number((await response.json()).clients);
  }));
  return counts.reduce((sum, count) => sum + count, 0);
}
