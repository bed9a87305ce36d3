/** Who publishes: over HTTP, as official Centrifuge clients, and over plain WebSockets. */
import type { Centrifuge } from "centrifuge";
import { clientOf, WAYS } from "../../tests/helpers/client_way.ts";
import { HttpExchange, requestText } from "../../tests/helpers/http.ts";
import { RawPeer } from "../../tests/helpers/raw_peer.ts";
import { sleep, within } from "../../tests/helpers/wait.ts";
import type { Account } from "./account.ts";
import type { ChannelLedger } from "./channel_ledger.ts";
import { idOf, textOf } from "./message.ts";

/** Between an answer and the next body: a steady load, and not a flood. */
const PAUSE_MS = 40;
/** Between attempts to reach a server that is not there. */
const RETRY_MS = 100;
const ANSWER_MS = 15_000;

/** Someone who publishes until he is told to stop. */
export interface Publisher {
  /** Ends behind the answer that is waited for. */
  stop(): Promise<void>;
}

abstract class Serial implements Publisher {
  protected readonly port: number;
  protected readonly account: Account;
  protected readonly channel: ChannelLedger;
  protected isStopped = false;
  readonly #name: string;
  #serial = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(name: string, { port, account, channel }: PublisherPlace) {
    this.#name = name;
    this.port = port;
    this.account = account;
    this.channel = channel;
  }

  start(): this {
    this.#running = this.run();
    return this;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.#running;
  }

  protected abstract run(): Promise<void>;

  /** The id of the next publication. */
  protected next(): string {
    this.account.published++;
    return idOf(this.#name, this.#serial++);
  }
}

/** Where someone publishes. */
interface PublisherPlace {
  readonly port: number;
  readonly account: Account;
  readonly channel: ChannelLedger;
}

/** Asks again with the same Idempotency-Key until it has a 200. */
class HttpPublisher extends Serial {
  #exchange: HttpExchange | undefined;

  protected override async run(): Promise<void> {
    while (!this.isStopped) {
      await this.#publish(this.next());
      await sleep(PAUSE_MS);
    }
    this.#exchange?.[Symbol.dispose]();
  }

  async #publish(id: string): Promise<void> {
    const headers = { "Content-Type": "text/plain", "Idempotency-Key": id };
    const line = `POST /channels/${this.channel.name}`;
    const text = requestText(line, headers, { body: textOf(id) });
    while (!(await this.#ask(id, text))) await sleep(RETRY_MS);
  }

  async #ask(id: string, text: string): Promise<boolean> {
    const { errors } = this.account;
    try {
      this.#exchange ??= await HttpExchange.open(this.port);
    } catch {
      errors.add("publish over HTTP: nobody listens");
      return false;
    }
    await this.#exchange.write(text);
    const outcome = await this.#exchange.response();
    if (outcome.kind === "response" && outcome.response.status === 200) {
      this.channel.acknowledge(id, JSON.parse(outcome.response.body).offset);
      return true;
    }
    const why = outcome.kind === "response" ? outcome.response.status : "no answer";
    errors.add(`publish over HTTP: ${why}`);
    this.#exchange[Symbol.dispose]();
    this.#exchange = undefined;
    return false;
  }
}

/** Publishes once and takes the client's word for it; what has no answer may be stored or not. */
class CentrifugePublisher extends Serial {
  readonly client: Centrifuge = clientOf(WAYS[0]!, this.port, { timeout: ANSWER_MS });

  protected override async run(): Promise<void> {
    this.client.on("connecting", ({ code, reason }) => {
      if (code !== 0) this.account.errors.add(`publisher closed: ${code} ${reason}`);
    });
    this.client.on("disconnected", ({ code, reason }) => {
      if (code !== 0) this.account.faults.add(`publisher ended: ${code} ${reason}`);
    });
    this.client.connect();
    while (!this.isStopped) {
      await this.client.ready().catch(() => {});
      await this.#publish(this.next());
      await sleep(PAUSE_MS);
    }
    this.client.disconnect();
  }

  async #publish(id: string): Promise<void> {
    try {
      await this.client.publish(this.channel.name, textOf(id));
      this.channel.acknowledge(id);
    } catch (error) {
      const { code, message } = error as { code?: number; message?: string };
      this.account.errors.add(`publish over Centrifuge: ${code} ${message}`);
    }
  }
}

/** Has no answers, and a promise instead: what it sends before its own Close is stored (P2). */
class PlainPublisher extends Serial {
  protected override async run(): Promise<void> {
    while (!this.isStopped) {
      const path = `/channels/${this.channel.name}`;
      const attempt = await RawPeer.attempt({ port: this.port, path, keepsMessages: false });
      if (attempt.kind === "open") await this.#send(attempt.peer);
      else await sleep(RETRY_MS);
    }
  }

  async #send(peer: RawPeer): Promise<void> {
    const sent: string[] = [];
    while (!this.isStopped && !peer.ending && peer.closeFrames.length === 0) {
      const id = this.next();
      sent.push(id);
      await peer.text(textOf(id));
      await sleep(PAUSE_MS);
    }
    if (this.isStopped) await peer.close(1000);
    await within(peer.closed, { what: "the end of a plain socket", deadlineMs: ANSWER_MS });
    const [close] = peer.closeFrames;
    this.account.errors.add(`plain publisher closed: ${close?.code ?? "connection lost"}`);
    if (close === undefined) return;
    for (const id of sent.slice(0, peer.sentBeforeClose)) this.channel.acknowledge(id);
  }
}

/** One publisher of each kind on each channel. */
export function startPublishers(port: number, account: Account): Publisher[] {
  return account.channels.flatMap((channel) => {
    const place = { port, account, channel };
    return [
      new HttpPublisher(`http-${channel.name}`, place).start(),
      new CentrifugePublisher(`centrifuge-${channel.name}`, place).start(),
      new PlainPublisher(`plain-${channel.name}`, place).start(),
    ];
  });
}
