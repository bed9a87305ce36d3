import { delay } from "@std/async";
import { CentrifugeConnection } from "./centrifuge_connection.ts";
import type { ConnectionEvents, LoadConnection } from "./connection.ts";
import type { Opened } from "./load_socket.ts";
import { PlainConnection } from "./plain_connection.ts";
import type { BenchPlan } from "./plan.ts";
import { channelOf, destinationOf } from "./plan.ts";
import { Publisher } from "./publisher.ts";
import type { Stamper } from "./stamp.ts";
import { Subscriber } from "./subscriber.ts";

/** What a crew is made of. */
export interface CrewOptions {
  readonly plan: BenchPlan;
  readonly client: Deno.HttpClient | undefined;
  readonly stamper: Stamper;
  /** Gives up the connecting. */
  readonly signal: AbortSignal;
  /** Told how many of all are connected. */
  readonly onConnected: (connected: number) => void;
}

/** Connections that are being opened at once. */
const OPENING_AT_ONCE = 32;
const PROBE_INTERVAL_MS = 250;
const PROBE_TIMEOUT_MS = 10_000;
const POLL_MS = 5;

/** All publishers and subscribers of a load. */
export class Crew {
  readonly publishers: Publisher[] = [];
  readonly subscribers: Subscriber[] = [];
  readonly #options: CrewOptions;

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  /** Connects everybody, until somebody is refused or the signal fires. */
  async connect(): Promise<Opened> {
    const { signal } = this.#options;
    const giveUp = () => void this.close();
    signal.addEventListener("abort", giveUp);
    const opened = await this.#openAll();
    signal.removeEventListener("abort", giveUp);
    return opened.kind === "refused" ? opened : await this.#settle();
  }

  /** Closes all connections; see {@linkcode LoadConnection.close}. */
  async close(): Promise<void> {
    const everybody = [...this.publishers, ...this.subscribers];
    await Promise.all(everybody.map(({ connection }) => connection.close()));
  }

  async #openAll(): Promise<Opened> {
    const { plan, signal, onConnected } = this.#options;
    const total = plan.subscribers + plan.publishers;
    let outcome: Opened = { kind: "open" };
    let [next, connected] = [0, 0];
    const open = async () => {
      while (next < total && outcome.kind === "open" && !signal.aborted) {
        const number = next += 1;
        const opened = await this.#hire(number - 1).opened;
        if (opened.kind === "open") onConnected(connected += 1);
        else if (outcome.kind === "open") {
          outcome = { kind: "refused", reason: `${opened.reason} (${nth(number, total)})` };
        }
      }
    };
    await Promise.all(Array.from({ length: OPENING_AT_ONCE }, open));
    return signal.aborted ? { kind: "refused", reason: "interrupted while connecting" } : outcome;
  }

  /** Subscribers first. */
  #hire(number: number): LoadConnection {
    const { plan, client, stamper } = this.#options;
    const index = number < plan.subscribers ? number : number - plan.subscribers;
    const isSubscriber = number < plan.subscribers;
    const channel = isSubscriber ? channelOf(plan, index) : destinationOf(plan, index, 0).channel;
    const connect = (events: ConnectionEvents) =>
      connectionOf(plan, { client, events, isSubscriber, channel: plan.channels[channel] ?? "" });
    const options = { index, plan, stamper, connect };
    const one = isSubscriber ? new Subscriber(options) : new Publisher(options);
    if (one instanceof Subscriber) this.subscribers.push(one);
    else this.publishers.push(one);
    return one.connection;
  }

  /**
   * A plain socket can be open a moment before the server delivers to it, and nothing tells when:
   * messages that do not count are sent until every subscriber has got one.
   */
  async #settle(): Promise<Opened> {
    const { plan, signal } = this.#options;
    if (plan.protocol !== "plain") return { kind: "open" };
    const deadlineMs = performance.now() + PROBE_TIMEOUT_MS;
    let probeAtMs = 0;
    while (this.subscribers.some(({ isProbed }) => !isProbed)) {
      const nowMs = performance.now();
      if (signal.aborted) return { kind: "refused", reason: "interrupted while connecting" };
      if (nowMs > deadlineMs || this.publishers.every(({ isGone }) => isGone)) {
        return { kind: "refused", reason: "subscribers did not get what was published" };
      }
      if (nowMs >= probeAtMs) {
        for (const publisher of this.publishers.slice(0, plan.channels.length)) publisher.probe();
        probeAtMs = nowMs + PROBE_INTERVAL_MS;
      }
      await delay(POLL_MS);
    }
    return { kind: "open" };
  }
}

interface Role {
  readonly client: Deno.HttpClient | undefined;
  readonly events: ConnectionEvents;
  readonly isSubscriber: boolean;
  readonly channel: string;
}

function connectionOf(
  { url, token, protocol }: BenchPlan,
  { client, events, isSubscriber, channel }: Role,
): LoadConnection {
  const common = { url, client, token, events };
  if (protocol === "plain") {
    return new PlainConnection({ ...common, channel, hasEcho: !isSubscriber });
  }
  const read = isSubscriber ? channel : undefined;
  return new CentrifugeConnection({ ...common, channel: read });
}

function nth(number: number, total: number): string {
  return `connection ${number} of ${total}`;
}
