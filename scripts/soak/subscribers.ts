/** Who reads: official clients over every transport, events, plain WebSockets, and pages. */
import { type Centrifuge, type Subscription, SubscriptionState } from "centrifuge";
import { clientOf, type Way, WAYS } from "../../tests/helpers/client_way.ts";
import { textOf } from "../../tests/helpers/frames.ts";
import { request } from "../../tests/helpers/http.ts";
import { RawPeer } from "../../tests/helpers/raw_peer.ts";
import { SseReader } from "../../tests/helpers/sse_reader.ts";
import { sleep } from "../../tests/helpers/wait.ts";
import type { Account } from "./account.ts";
import type { ChannelLedger } from "./channel_ledger.ts";
import { idIn } from "./message.ts";

/** Someone who reads one channel over as many connections as it takes. */
export interface Subscriber {
  /** Whether it is connected and subscribed. */
  readonly isThere: boolean;
  /** Connections it holds while it is there; pages hold none. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Where someone reads. */
interface SubscriberPlace {
  readonly port: number;
  readonly account: Account;
  readonly channel: ChannelLedger;
}

const RETRY_MS = 100;
/** How often what has been read is taken, and how often pages are asked for. */
const TAKE_MS = 50;
const PAGE_MS = 500;
const PAGE_SIZE = 100;

/** An official client with one subscription, which recovers by itself. */
export class OfficialSubscriber implements Subscriber {
  readonly connections = 1;
  readonly #client: Centrifuge;
  readonly #subscription: Subscription;
  readonly #place: SubscriberPlace;

  constructor(way: Way, place: SubscriberPlace) {
    this.#place = place;
    this.#client = clientOf(way, place.port);
    this.#subscription = this.#client.newSubscription(place.channel.name, { joinLeave: true });
    this.#listen(way.name);
    this.#subscription.subscribe();
    this.#client.connect();
  }

  get isThere(): boolean {
    return this.#subscription.state === SubscriptionState.Subscribed;
  }

  /** Asks who is in the channel. @returns how many; undefined when there was no answer. */
  async presence(): Promise<number | undefined> {
    const { activities, errors } = this.#place.account;
    try {
      const { clients } = await this.#subscription.presence();
      activities.add("presence asked");
      return Object.keys(clients).length;
    } catch (error) {
      errors.add(`presence: ${(error as { message?: string }).message}`);
      return undefined;
    }
  }

  close(): Promise<void> {
    this.#client.disconnect();
    return Promise.resolve();
  }

  #listen(name: string): void {
    const { account, channel } = this.#place;
    const { errors, faults, activities } = account;
    const reader = channel.reader(name);
    this.#client.on("connecting", ({ code, reason }) => {
      if (code !== 0) errors.add(`${name} closed: ${code} ${reason}`);
    });
    this.#client.on("disconnected", ({ code, reason }) => {
      if (code !== 0) faults.add(`${name} ended: ${code} ${reason}`);
    });
    this.#subscription.on("publication", ({ offset = NaN, data }) => {
      reader.deliver(offset, idIn(data));
    });
    this.#subscription.on("subscribed", ({ wasRecovering, recovered }) => {
      if (!wasRecovering) return;
      if (recovered) activities.add("recovered");
      else faults.add(`${name} was told that it cannot recover`);
    });
    this.#subscription.on("unsubscribed", ({ code, reason }) => {
      if (code !== 0) faults.add(`${name} unsubscribed: ${code} ${reason}`);
    });
    this.#subscription.on("join", () => activities.add("joins seen"));
    this.#subscription.on("leave", () => activities.add("leaves seen"));
  }
}

/** A reader of Server-Sent Events that resumes with Last-Event-ID. */
export class EventSubscriber implements Subscriber {
  readonly connections = 1;
  readonly #reader: SseReader;
  readonly #place: SubscriberPlace;
  readonly #running: Promise<void>;
  readonly #timer: ReturnType<typeof setInterval>;
  #isClosed = false;

  constructor(place: SubscriberPlace) {
    this.#place = place;
    this.#reader = new SseReader({ channel: place.channel.name, query: "since=0" });
    const reader = place.channel.reader("a reader of events");
    const take = () => {
      for (const { id, type, data } of this.#reader.events.splice(0)) {
        if (type === "reset") place.account.faults.add("an event reader lost its position");
        else reader.deliver(Number(id.split(":")[1]), idIn(data));
      }
    };
    this.#timer = setInterval(take, TAKE_MS);
    this.#running = this.#read().finally(take);
  }

  get isThere(): boolean {
    return this.#reader.hasBegun;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#reader.close();
    await this.#running;
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    const { port, account } = this.#place;
    while (!this.#isClosed) {
      const end = await this.#reader.read(port);
      this.#reader.hasBegun = false;
      const why = end.kind === "refused" ? `${end.status}` : end.kind;
      if (!this.#isClosed) account.errors.add(`events ended: ${why}`);
      await sleep(RETRY_MS);
    }
  }
}

/** A plain WebSocket, which has no position: what one connection is given must have no gap. */
export class PlainSubscriber implements Subscriber {
  readonly connections = 1;
  readonly #place: SubscriberPlace;
  readonly #running: Promise<void>;
  #peer: RawPeer | undefined;
  #isClosed = false;

  constructor(place: SubscriberPlace) {
    this.#place = place;
    this.#running = this.#read();
  }

  get isThere(): boolean {
    return this.#peer !== undefined && this.#peer.ending === undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    void this.#peer?.close(1000);
    await this.#running;
  }

  async #read(): Promise<void> {
    const { port, channel, account } = this.#place;
    while (!this.#isClosed) {
      const attempt = await RawPeer.attempt({ port, path: `/channels/${channel.name}` });
      if (attempt.kind !== "open") {
        await sleep(RETRY_MS);
        continue;
      }
      const peer = this.#peer = attempt.peer;
      const run = channel.run();
      const take = () => {
        for (const frame of peer.messages.splice(0)) run.deliver(idIn(textOf(frame)));
      };
      const timer = setInterval(take, TAKE_MS);
      await peer.closed;
      clearInterval(timer);
      take();
      run.end();
      const close = peer.closeFrames[0]?.code ?? "connection lost";
      if (!this.#isClosed) account.errors.add(`plain reader closed: ${close}`);
    }
  }
}

/** Reads the log by pages, forwards and now and then from its end. */
export class PageSubscriber implements Subscriber {
  readonly connections = 0;
  readonly isThere = true;
  readonly #place: SubscriberPlace;
  readonly #running: Promise<void>;
  #isClosed = false;

  constructor(place: SubscriberPlace) {
    this.#place = place;
    this.#running = this.#read();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #read(): Promise<void> {
    const { channel } = this.#place;
    const reader = channel.reader("a reader of pages");
    while (!this.#isClosed) {
      const page = await this.#page(`since=${reader.next - 1}&limit=${PAGE_SIZE}`);
      for (const { offset, data } of page) reader.deliver(offset, idIn(data));
      const newest = await this.#page(`reverse&limit=${PAGE_SIZE}`);
      for (const { offset, data } of newest) channel.see(offset, idIn(data));
      if (page.length < PAGE_SIZE) await sleep(PAGE_MS);
    }
  }

  async #page(query: string): Promise<{ offset: number; data: unknown }[]> {
    const { port, channel, account } = this.#place;
    try {
      const headers = { Accept: "application/json" };
      const answer = await request(port, `GET /channels/${channel.name}?${query}`, { headers });
      account.activities.add("history pages");
      if (answer.status === 200) return JSON.parse(answer.body).publications;
      account.errors.add(`page: ${answer.status}`);
    } catch {
      account.errors.add("page: no answer");
    }
    return [];
  }
}

/** Every kind of reader on every channel. */
export function startSubscribers(port: number, account: Account): Subscriber[] {
  return account.channels.flatMap((channel) => {
    const place = { port, account, channel };
    return [
      ...WAYS.map((way) => new OfficialSubscriber(way, place)),
      new EventSubscriber(place),
      new PlainSubscriber(place),
      new PageSubscriber(place),
    ];
  });
}
