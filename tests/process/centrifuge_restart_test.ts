/**
 * P1, P3 and P4 for the official client: it is told why, comes back by itself to the next server on
 * the same port and file, and gets each publication once and in order; after a planned stop and
 * after `kill -9` alike.
 */
import { assert, assertEquals } from "@std/assert";
import { medianAndMax, report } from "../helpers/expectations.ts";
import { freePort } from "../helpers/free_port.ts";
import { forEachMode, Midgard, type MidgardOptions } from "../helpers/midgard.ts";
import { OfficialCrowd, type Received, type Resumption } from "../helpers/official_crowd.ts";
import { Publishers, type ReadLog, readLog, settle } from "../helpers/publishers.ts";
import { inParallel, range } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";
import { assertKept } from "./durable_load.ts";

const CLIENTS = 500;
const CHANNELS = range(50).map((index) => `crowd-${index}`);
/** Stops, and then as many kills. */
const ROUNDS = 10;
/** Publications with everybody there, in each round: four for each channel. */
const PER_ROUND = 200;

/** One crowd and its publishers, over many lives of the server. */
class Play {
  readonly publishers = new Publishers({ count: 50, channels: CHANNELS, pauseMs: 40 });
  /** From the ready line to the last client that is back, for each restart. */
  readonly resumedMs: number[] = [];
  /** From the signal to the exit, for each planned stop. */
  readonly stopMs: number[] = [];
  /** Publications that were acknowledged before everybody was back. */
  missed = 0;
  readonly #crowd: OfficialCrowd;
  readonly #options: MidgardOptions;
  readonly #port: number;
  #lives = 0;

  constructor(crowd: OfficialCrowd, options: MidgardOptions, port: number) {
    this.#crowd = crowd;
    this.#options = options;
    this.#port = port;
  }

  /** Lives once, until `signal`, with publishers from the first moment to the last. */
  async live(signal: "SIGINT" | "SIGKILL"): Promise<Resumption> {
    await using server = await Midgard.start(this.#options);
    const readyAtMs = performance.now();
    // The first time a client must be there before it can miss anything.
    const publishing = this.#lives > 0 ? this.publishers.run(this.#port) : undefined;
    const before = this.publishers.acknowledged;
    const resumption = await this.#crowd.subscribed(this.#lives++);
    this.missed += this.publishers.acknowledged - before;
    if (publishing !== undefined) this.resumedMs.push(performance.now() - readyAtMs);
    const going = publishing ?? this.publishers.run(this.#port);
    const goal = this.publishers.acknowledged + PER_ROUND;
    await this.publishers.until(({ acknowledged }) => acknowledged >= goal, {
      what: `${PER_ROUND} publications`,
    });
    const exit = await server.stop(signal);
    await going;
    if (signal === "SIGINT") this.stopMs.push(exit.elapsedSinceSignalMs);
    if (signal === "SIGKILL") assertEquals(exit.signal, "SIGKILL");
    else assertEquals([exit.code, exit.stopped?.closed_cleanly], [0, CLIENTS], `${server.log}`);
    return resumption;
  }

  /** Lives a last time: lets everybody catch up, and gives what there is and what was received. */
  async end(): Promise<{ resumption: Resumption; logs: Map<string, ReadLog>; all: Received[] }> {
    await using server = await Midgard.start(this.#options);
    const resumption = await this.#crowd.subscribed(this.#lives);
    const read = async (channel: string) => [channel, await readLog(server.port, channel)] as const;
    const logs = new Map(await inParallel(CHANNELS, read));
    const tops = [...logs].map(([channel, { top }]) => [channel, top]);
    return { resumption, logs, all: await this.#crowd.finish(Object.fromEntries(tops)) };
  }
}

/** Each client got the whole log of its channel, from the first to the last, once and in order. */
function assertReceivedAll(all: readonly Received[], logs: ReadonlyMap<string, ReadLog>): void {
  assertEquals(all.length, CLIENTS);
  for (const { channel, received } of all) {
    const { publications, top } = logs.get(channel)!;
    assertEquals(publications.length, top, "what is kept must be all there was");
    assertEquals(received, publications.map(({ offset, data }) => `${offset}:${data}`), channel);
  }
}

forEachMode("500 official clients resume over 10 stops and 10 kills", async (mode) => {
  await using folder = new DataFolder();
  const port = freePort();
  const args = ["--port", `${port}`, "--history-size", "1000000"];
  await using crowd = new OfficialCrowd({ port, clients: CLIENTS, channels: 50, processes: 2 });
  const play = new Play(crowd, { mode, cwd: folder.path, args }, port);
  const resumptions: Resumption[] = [];
  for (const round of range(2 * ROUNDS)) {
    resumptions.push(await play.live(round < ROUNDS ? "SIGINT" : "SIGKILL"));
  }
  const { resumption, logs, all } = await play.end();
  const stops = [...resumptions.slice(1), resumption];
  const account = settle(play.publishers.sent, logs);
  const deliveries = all.reduce((sum, { received }) => sum + received.length, 0);
  report(
    `${mode}: ${ROUNDS} stops, ${ROUNDS} kills, ${account.acknowledged} acknowledged, ` +
      `${play.missed} of them before all were back, lost ${account.lost}, ` +
      `repeated ${account.repeated}; ${deliveries} received`,
  );
  report(`${mode}: signal to exit: ${medianAndMax(play.stopMs)}`);
  report(`${mode}: ready to all ${CLIENTS} back: ${medianAndMax(play.resumedMs)}`);
  for (const [index, { closes, recovered, subscribed }] of stops.entries()) {
    const what = index < ROUNDS ? "3001 shutdown" : "1 transport closed";
    assertEquals({ closes, recovered, subscribed }, {
      closes: { [what]: CLIENTS },
      recovered: CLIENTS,
      subscribed: CLIENTS,
    }, `restart ${index + 1}`);
  }
  assertKept(account);
  assertReceivedAll(all, logs);
  assert(account.acknowledged >= 2 * ROUNDS * PER_ROUND, "that is no load");
  assert(play.missed > 0, "nobody missed anything: the test proves nothing");
});
