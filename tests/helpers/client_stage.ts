/** What a test of the official client works with: clients of one way, the server API, tokens. */
import type {
  Centrifuge,
  Options,
  Subscription,
  SubscriptionEvents,
  SubscriptionOptions,
} from "centrifuge";
import { SignJWT } from "jose";
import { clientOf, packed, type Way } from "./client_way.ts";
import { type Heard, hearSubscription } from "./heard.ts";
import type { RunningMidgard } from "./midgard.ts";
import { range, waitFor } from "./wait.ts";

/** The secret of tokens in {@linkcode CLIENT_CONFIG}. */
const SECRET = "a secret of the tests";
const API_KEY = "a key of the tests";

const ALLOWED = Object.fromEntries(
  ["subscribe", "publish", "presence", "history"].map((what) => [`allow_${what}_for_client`, true]),
);
const OPEN = {
  ...ALLOWED,
  ...{ presence: true, join_leave: true },
  ...{ history_size: 1_000, history_ttl: "300s", force_recovery: true },
  ...{ allowed_delta_types: ["fossil"], delta_publish: true },
};

/** A configuration in which users with a token may do everything, with namespaces that differ. */
export const CLIENT_CONFIG = {
  client: {
    token: { hmac_secret_key: SECRET },
    allow_anonymous_connect_without_token: false,
    expired_close_delay: "2s",
    expired_sub_close_delay: "2s",
  },
  http_api: { key: API_KEY },
  channel: {
    without_namespace: OPEN,
    namespaces: [
      { name: "small", ...OPEN, history_size: 2 },
      { name: "cache", ...OPEN, force_recovery_mode: "cache" },
      { name: "asking", ...OPEN, force_recovery: false },
      { name: "bare", ...ALLOWED },
      { name: "closed", presence: true },
    ],
  },
};

/** A subscription and what it has told. */
export interface HeardSubscription {
  readonly subscription: Subscription;
  readonly heard: Heard<SubscriptionEvents>;
}

/** One test's clients; all of them are disconnected when it is disposed of. */
export class ClientStage implements Disposable {
  readonly way: Way;
  readonly server: RunningMidgard;
  readonly #clients: Centrifuge[] = [];

  constructor(way: Way, server: RunningMidgard) {
    this.way = way;
    this.server = server;
  }

  /** A name that nothing else uses. */
  name(prefix = ""): string {
    return `${prefix}${crypto.randomUUID().slice(0, 13)}`;
  }

  /** A token with these claims, and with a signature that is good unless a secret is given. */
  token(claims: Record<string, unknown>, secret = SECRET): Promise<string> {
    const key = new TextEncoder().encode(secret);
    return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(key);
  }

  /** A client that is not connected yet; without a token of its own it has none. */
  client(options: Partial<Options> = {}, port = this.server.port): Centrifuge {
    const client = clientOf(this.way, port, options);
    this.#clients.push(client);
    return client;
  }

  /** A connected client of a user. */
  async connect(
    { user = this.name(), info, ...options }:
      & { readonly user?: string; readonly info?: unknown }
      & Partial<Options> = {},
    port?: number,
  ): Promise<Centrifuge> {
    const token = await this.token({ sub: user, ...(info !== undefined && { info }) });
    const client = this.client({ token, ...options }, port);
    client.connect();
    await client.ready(10_000);
    return client;
  }

  /** Subscribes and waits until that is done. */
  async subscribe(
    client: Centrifuge,
    channel: string,
    options: Partial<SubscriptionOptions> = {},
  ): Promise<HeardSubscription> {
    const subscription = client.newSubscription(channel, options);
    const heard = hearSubscription(subscription);
    subscription.subscribe();
    await subscription.ready(10_000);
    return { subscription, heard };
  }

  /** A value as a client of this way publishes it. */
  pack(value: unknown): unknown {
    return packed(this.way, value);
  }

  /** Calls a method of the server API; gives its result. @throws {Error} if it is refused. */
  async api<Result = Record<string, unknown>>(method: string, params: unknown): Promise<Result> {
    const answer = await this.#call(method, params);
    if (answer.result === undefined) throw new Error(`Cannot ${method}: ${JSON.stringify(answer)}`);
    return answer.result as Result;
  }

  /** Publishes values by the server API, one after the other. */
  async publish(channel: string, values: readonly unknown[]): Promise<void> {
    for (const data of values) await this.api("publish", { channel, data });
  }

  /** Publishes values by the server API, all in one request of at most 64 KiB. */
  async publishTogether(channel: string, values: readonly unknown[]): Promise<void> {
    const commands = values.map((data) => ({ publish: { channel, data } }));
    const { replies } = await this.#call("batch", { commands });
    const failed = (replies as { error?: unknown }[]).find(({ error }) => error !== undefined);
    if (failed !== undefined) throw new Error(`Cannot publish: ${JSON.stringify(failed)}`);
  }

  /** Publishes so many objects `{ n }` from `first` on; gives them. */
  async publishNumbers(channel: string, count: number, first = 1): Promise<{ n: number }[]> {
    const values = range(count).map((index) => ({ n: first + index }));
    await this.publish(channel, values);
    return values;
  }

  /** Disconnects the only client of a channel and waits until the server has seen it. */
  async leave(client: Centrifuge, channel: string): Promise<void> {
    client.disconnect();
    await waitFor(async () => (await this.present(channel))[0] === 0, {
      what: "the client not to be there any more",
    });
  }

  /** How many clients and users are in a channel. */
  async present(channel: string): Promise<[clients: number, users: number]> {
    const { num_clients, num_users } = await this.api<Record<string, number>>("presence_stats", {
      channel,
    });
    return [num_clients!, num_users!];
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.disconnect();
  }

  async #call(method: string, params: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`http://127.0.0.1:${this.server.port}/api/${method}`, {
      method: "POST",
      headers: { "X-API-Key": API_KEY, "Content-Type": "application/json" },
      body: JSON.stringify(params),
    });
    return await response.json();
  }
}
