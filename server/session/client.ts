import type { Identity, SubscriptionGrant } from "../auth/mod.ts";
import type { ChannelOptions } from "../config/mod.ts";
import type { Disconnect } from "../errors.ts";
import { Notice } from "../hub/mod.ts";
import type { RefreshResult, Reply, Results } from "../protocol/mod.ts";
import { CLIENT_DISCONNECTS, UNSUBSCRIBES } from "../protocol/mod.ts";
import type { ClientInfo } from "../publication.ts";
import type { ClientEnvironment, ClientLink } from "./client_environment.ts";
import { nowSeconds } from "./client_environment.ts";
import type { ClientSubscription } from "./client_subscription.ts";
import { ClientHeartbeat } from "./client_heartbeat.ts";
import type { WheelTimer } from "./timer_wheel.ts";

/** Where a client is in its life. */
type ClientState =
  /** No connect command yet. */
  | { readonly kind: "new" }
  /** It is being found out who it is. */
  | { readonly kind: "connecting" }
  | { readonly kind: "connected"; readonly identity: Identity }
  /** It broke the protocol or was not let in: nothing that it says counts any more. */
  | { readonly kind: "refused"; readonly identity: Identity | undefined }
  /** The connection ends. What it had sent before it knew is still processed. */
  | { readonly kind: "ended"; readonly identity: Identity | undefined };

/** One client of the Centrifuge protocol: who it is and what it is subscribed to. */
export class Client {
  /** Identifies this connection for others. */
  readonly id: string = crypto.randomUUID();
  readonly subscriptions = new Map<string, ClientSubscription>();
  readonly environment: ClientEnvironment;
  readonly link: ClientLink;
  readonly #heartbeat: ClientHeartbeat;
  #state: ClientState = { kind: "new" };
  /** Ends a connection without a connect command, or with an identity that has expired. */
  #timer: WheelTimer | undefined;
  #recovery: Promise<void> = Promise.resolve();
  /** The channels that it was in when its connection ended: what it had sent is judged by them. */
  readonly #held = new Map<string, SubscriptionGrant>();

  constructor(link: ClientLink, environment: ClientEnvironment) {
    this.link = link;
    this.environment = environment;
    this.#heartbeat = new ClientHeartbeat(link, environment);
  }

  get state(): ClientState["kind"] {
    return this.#state.kind;
  }

  /** Undefined before it is known. */
  get identity(): Identity | undefined {
    return "identity" in this.#state ? this.#state.identity : undefined;
  }

  /** Empty for anonymous clients. */
  get user(): string {
    return this.identity?.user ?? "";
  }

  /** What others in a channel are told of it. */
  infoIn(channel: string): ClientInfo {
    const connInfo = this.identity?.info;
    const chanInfo = this.grantIn(channel)?.info;
    return {
      ...{ user: this.user, client: this.id },
      ...(connInfo !== undefined && { connInfo }),
      ...(chanInfo !== undefined && { chanInfo }),
    };
  }

  /** What it may do in a channel that it is in; undefined where it is not. */
  grantIn(channel: string): SubscriptionGrant | undefined {
    return this.subscriptions.get(channel)?.grant ?? this.#held.get(channel);
  }

  /** Once the connection has ended no subscription begins; it counts all the same. */
  hold(channel: string, grant: SubscriptionGrant): void {
    if (this.#state.kind !== "ended") return;
    const { channelLimit } = this.environment.settings().client;
    if (this.#held.size < channelLimit) this.#held.set(channel, grant);
  }

  /** It is in a channel no longer. */
  leaveChannel(channel: string): void {
    this.#held.delete(channel);
    const subscription = this.subscriptions.get(channel);
    if (subscription !== undefined) this.drop(subscription);
  }

  /** The connection is open: a connect command is waited for. */
  begin(): void {
    const { staleCloseDelayMs } = this.environment.settings().client;
    this.#timer = this.environment.wheel.schedule(staleCloseDelayMs, () => {
      this.link.disconnect(CLIENT_DISCONNECTS.stale);
    });
  }

  /** Its connect command is being looked at. A connection that ends does not begin anew. */
  connecting(): void {
    this.#timer?.cancel();
    if (this.#state.kind !== "ended") this.#state = { kind: "connecting" };
  }

  /** It is who it says, and may go on. To be called unless it was refused meanwhile. */
  connected(identity: Identity): void {
    if (this.#state.kind === "ended") {
      this.#state = { kind: "ended", identity };
      return;
    }
    this.#state = { kind: "connected", identity };
    this.environment.clients.add(this);
    this.#heartbeat.start();
    this.#watchExpiry();
  }

  /** It may not go on: whatever else it says breaks the protocol. */
  refuse(): void {
    this.#timer?.cancel();
    if (this.#state.kind === "ended") return;
    this.#state = { kind: "refused", identity: this.identity };
  }

  /** It has proved anew who it is, until another time; others are told something else, if given. */
  refreshed(expiresAt: number | undefined, info = this.identity?.info): void {
    if (this.#state.kind !== "connected") return;
    this.#state = { kind: "connected", identity: { ...this.#state.identity, expiresAt, info } };
    this.#watchExpiry();
  }

  /** When it has to be refreshed, as a result tells it. */
  get expiry(): Pick<RefreshResult, "expires" | "ttl"> {
    return expiryOf(this.identity?.expiresAt);
  }

  /** It answered a ping, or sent something that reads like an answer. */
  pong(): void {
    if (!this.#heartbeat.pong()) this.violate();
  }

  /** It broke the protocol. */
  violate(): void {
    this.refuse();
    this.link.disconnect(CLIENT_DISCONNECTS.badRequest);
  }

  reply<M extends keyof Results>(id: number, method: M, result: Results[M]): void {
    // The two fields belong together, which a union of all methods cannot express for one of them.
    this.send({ kind: "result", id, method, result } as Reply);
  }

  send(reply: Reply): void {
    if (this.link.isOpen) this.link.send(this.link.codec.encode(reply));
  }

  /** Lets one recovery after the other be read and sent: together they could be any size. */
  queueRecovery(recover: () => Promise<void>): void {
    this.#recovery = this.#recovery.then(recover);
  }

  /** A subscription has begun: others are told. */
  joined({ channel, options }: { channel: string; options: ChannelOptions }): void {
    const { hub } = this.environment;
    const info = this.infoIn(channel);
    if (options.presence) hub.presence.add(channel, info);
    if (options.joinLeave) hub.announce(new Notice("join", channel, info));
  }

  /** Ends a subscription; others are told, unless everybody is leaving. */
  drop(subscription: ClientSubscription, isQuiet = false): void {
    const { channel, options } = subscription;
    if (this.subscriptions.get(channel) !== subscription) return;
    const { hub } = this.environment;
    const info = this.infoIn(channel);
    this.subscriptions.delete(channel);
    subscription.end();
    if (!subscription.hasJoined) return;
    hub.presence.remove(channel, this.id);
    if (options.joinLeave && !isQuiet) hub.announce(new Notice("leave", channel, info));
  }

  /** Ends a subscription and tells the client why. */
  unsubscribe(subscription: ClientSubscription, { code, reason }: Disconnect): void {
    const { channel } = subscription;
    this.drop(subscription);
    this.send({ kind: "push", channel, push: "unsubscribe", body: { code, reason } });
  }

  /** A subscription has lost its place: the client comes back to it, or the whole client does. */
  lost(subscription: ClientSubscription): void {
    if (subscription.isServerSide) this.link.disconnect(CLIENT_DISCONNECTS.insufficientState);
    else this.unsubscribe(subscription, UNSUBSCRIBES.insufficientState);
  }

  /** A subscription was not refreshed in time. */
  subscriptionExpired(subscription: ClientSubscription): void {
    if (subscription.isServerSide) this.link.disconnect(CLIENT_DISCONNECTS.subscriptionExpired);
    else this.unsubscribe(subscription, UNSUBSCRIBES.expired);
  }

  /**
   * Lets every subscription end once it has taken all that was accepted so far. `onDone` may
   * be called more than once, and not at all if the client itself ends before.
   */
  leave(onDone: () => void): void {
    const waiting = new Set<unknown>([this, ...this.subscriptions.values()]);
    const done = (who: unknown) => {
      waiting.delete(who);
      if (waiting.size === 0 && this.#state.kind !== "ended") onDone();
    };
    for (const subscription of [...this.subscriptions.values()]) {
      subscription.leave(() => done(subscription));
    }
    this.environment.hub.whenSettled(() => done(this));
  }

  /** The connection ends or has ended: nothing is sent any more. Safe to call twice. */
  end({ isQuiet }: { isQuiet: boolean }): void {
    this.#timer?.cancel();
    this.#heartbeat.stop();
    this.environment.clients.remove(this);
    const isRefused = this.#state.kind === "refused";
    if (!isRefused) this.#state = { kind: "ended", identity: this.identity };
    for (const subscription of [...this.subscriptions.values()]) {
      this.drop(subscription, isQuiet);
      this.hold(subscription.channel, subscription.grant);
    }
  }

  #watchExpiry(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { client } = this.environment.settings();
    const expiresAt = this.identity?.expiresAt;
    if (expiresAt === undefined || client.isInsecure) return;
    const leftMs = (expiresAt - nowSeconds()) * 1_000;
    this.#timer = this.environment.wheel.schedule(leftMs + client.expiredCloseDelayMs, () => {
      this.link.disconnect(CLIENT_DISCONNECTS.expired);
    });
  }
}

/** How long something is still good, as results tell it; nothing if for ever. */
export function expiryOf(
  expiresAt: SubscriptionGrant["expiresAt"],
): Pick<RefreshResult, "expires" | "ttl"> {
  if (expiresAt === undefined) return {};
  return { expires: true, ttl: Math.max(1, expiresAt - nowSeconds()) };
}
