/** A long mixed load with stops, kills and peers that misbehave. */
import { freePort } from "../../tests/helpers/free_port.ts";
import { Midgard, type MidgardExit, type RunningMidgard } from "../../tests/helpers/midgard.ts";
import { DeadlineExceeded, sleep, waitFor } from "../../tests/helpers/wait.ts";
import { Account } from "./account.ts";
import { request } from "../../tests/helpers/http.ts";
import type { Wrongs } from "./channel_ledger.ts";
import { endLife, type LifeReport, live } from "./life.ts";
import { Misbehaviour } from "./misbehaviour.ts";
import type { SoakOptions } from "./options.ts";
import { type Publisher, startPublishers } from "./publishers.ts";
import { OfficialSubscriber, startSubscribers, type Subscriber } from "./subscribers.ts";

const CHANNELS = 4;
/** A history that holds what the slowest reader may miss, and not the whole run. */
const HISTORY_SIZE = 100_000;
const BACK_MS = 30_000;

/** The run: its server, its clients, and its account. */
export class Soak implements AsyncDisposable {
  readonly account = new Account(CHANNELS);
  readonly lives: LifeReport[] = [];
  readonly port: number = freePort();
  readonly misbehaviour: Misbehaviour = new Misbehaviour(this.port, this.account);
  readonly startedAtMs: number = performance.now();
  readonly options: SoakOptions;
  readonly #folder: string = Deno.makeTempDirSync({ prefix: "midgard-soak-" });
  readonly #interrupted = Promise.withResolvers<void>();
  #subscribers: readonly Subscriber[] = [];
  #publishers: readonly Publisher[] = [];
  #isInterrupted = false;

  constructor(options: SoakOptions) {
    this.options = options;
  }

  /** Since the start. */
  get elapsedMs(): number {
    return performance.now() - this.startedAtMs;
  }

  /** Ends the run early, with its account. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#interrupted.resolve();
  }

  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Connections that the server should have now, besides those of peers that misbehave. */
  get connections(): number {
    const readers = this.#subscribers.reduce((sum, { connections }) => sum + connections, 0);
    // Who publishes over HTTP has a connection, but it is no socket and no stream.
    return readers + this.#publishers.length * 2 / 3;
  }

  /** Whether the time is over. */
  get isOver(): boolean {
    return this.isInterrupted || this.elapsedMs >= this.options.durationMs;
  }

  /** Starts the server, waits until everybody is there, and begins to publish the first time. */
  async startServer(): Promise<RunningMidgard> {
    const { mode, serverArgs } = this.options;
    const args = ["--port", `${this.port}`, "--history-size", `${HISTORY_SIZE}`];
    const server = await Midgard.start({
      mode,
      cwd: this.#folder,
      args: [...args, "--bind-timeout", "5s", ...serverArgs],
    });
    if (this.#subscribers.length === 0) {
      this.#subscribers = startSubscribers(this.port, this.account);
    }
    await this.#expect(
      "everybody to be subscribed",
      () => this.#subscribers.every(({ isThere }) => isThere),
    );
    if (this.#publishers.length === 0) {
      this.#publishers = startPublishers(this.port, this.account);
    }
    return server;
  }

  /** Lets `ms` pass, or less when the run is interrupted or the server ends by itself. */
  async wait(ms: number, server: Midgard): Promise<void> {
    const exited = await Promise.race<MidgardExit | void>([
      sleep(ms),
      this.#interrupted.promise,
      server.exited,
    ]);
    if (exited === undefined || this.isInterrupted) return;
    throw new Error(`The server ended by itself with code ${exited.code}:\n${server.log}`);
  }

  /** Lives life after life until the time is over; then lets everybody catch up, and settles. */
  async run(): Promise<Wrongs> {
    while (!this.isOver) {
      const ending = this.lives.length % 2 === 0 ? "SIGINT" : "SIGKILL";
      const life = await live(this, ending, this.#lifeMs());
      if (life !== undefined) this.lives.push(life);
    }
    await using server = await this.startServer();
    await Promise.all(this.#publishers.map((publisher) => publisher.stop()));
    const tops = await Promise.all(this.account.channels.map(({ name }) => this.#top(name)));
    await this.#expect(
      "everybody to have all",
      () => this.account.channels.every((channel, index) => channel.hasAll(tops[index]!)),
    );
    await this.#checkPresence();
    await Promise.all(this.#subscribers.map((subscriber) => subscriber.close()));
    await endLife(this, server, "SIGINT");
    return this.account.settle(tops);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** A sixth to a third of what is left, 4 s at least and 5 min at most, at random. */
  #lifeMs(): number {
    const leftMs = this.options.durationMs - this.elapsedMs;
    const lifeMs = leftMs * (1 + Math.random()) / 6;
    return Math.min(Math.max(lifeMs, 4_000), 300_000);
  }

  async #top(channel: string): Promise<number> {
    const answer = await request(this.port, `GET /channels/${channel}?limit=1`, {
      headers: { Accept: "application/json" },
    });
    return Number(JSON.parse(answer.body).offset);
  }

  /** A reader that does not come, or does not get all, is a fault, and no end of the run. */
  async #expect(what: string, condition: () => boolean): Promise<void> {
    try {
      await waitFor(condition, { what, deadlineMs: BACK_MS });
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
      this.account.faults.add(`waited in vain for ${what}`);
    }
  }

  async #checkPresence(): Promise<void> {
    const official = this.#subscribers.filter((each) => each instanceof OfficialSubscriber);
    const expected = official.length / CHANNELS;
    for (const subscriber of official) {
      const count = await subscriber.presence();
      if (count !== expected) this.account.faults.add(`presence of ${count}, not ${expected}`);
    }
  }
}
