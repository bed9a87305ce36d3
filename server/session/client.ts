import type { Identity, SubscriptionGrant } from "../auth/mod.ts";
import type { Disconnect } from "../errors.ts";
import type { RefreshResult, Reply, Results } from "../protocol/mod.ts";
import { CLIENT_DISCONNECTS, UNSUBSCRIBES } from "../protocol/mod.ts";
import type { ClientInfo } from "../publication.ts";
import type { ClientEnvironment, ClientLink } from "./client_environment.ts";
import { expiryOf, nowSeconds } from "./expiry.ts";
import type { ClientSubscription } from "./client_subscription.ts";
import { ClientHeartbeat } from "./client_heartbeat.ts";
import { membershipOf } from "./membership.ts";
import { RecoveryQueue } from "./recovery_queue.ts";
import type { WheelTimer } from "./timer_wheel.ts";

/** How far a client has come; the end of its connection changes nothing about it. */
type ClientState =
  /** No connect command yet. */
  | "new"
  /** It is being found out who it is. */
  | "connecting"
  | "connected"
  /** It broke the protocol or was not let in: nothing that it says counts any more. */
  | "refused";

/** One client of the Centrifuge protocol: who it is and what it is subscribed to. */
export class Client {
  /** Identifies this connection for others. */
  readonly id: string = crypto.randomUUID();
  readonly subscriptions = new Map<string, ClientSubscription>();
  readonly environment: ClientEnvironment;
  readonly link: ClientLink;
  readonly recoveries: RecoveryQueue;
  readonly #heartbeat: ClientHeartbeat;
  #state: ClientState = "new";
  #identity: Identity | undefined;
  /** What it had sent before it knew is still processed; nothing begins any more. */
  #hasEnded = false;
  /** Ends a connection that does not get to connect, or with an identity that has expired. */
  #timer: WheelTimer | undefined;
  /** Channels it asked for when its connection had ended: what it had sent is judged by them. */
  readonly #held = new Map<string, SubscriptionGrant>();

  constructor(link: ClientLink, environment: ClientEnvironment) {
    this.link = link;
    this.environment = environment;
    this.recoveries = new RecoveryQueue(() => environment.settings().client.channelLimit);
    this.#heartbeat = new ClientHeartbeat(link, environment);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Undefined before it is known. */
  get identity(): Identity | undefined {
    return this.#identity;
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

  /** What it may do in a channel that it is in, or was when it ended; undefined where it is not. */
  grantIn(channel: string): SubscriptionGrant | undefined {
    return this.subscriptions.get(channel)?.grant ?? this.#held.get(channel);
  }

  /** Once the connection has ended no subscription begins; it counts all the same. */
  hold(channel: string, grant: SubscriptionGrant): void {
    const { channelLimit } = this.environment.settings().client;
    if (this.#hasEnded && this.#held.size < channelLimit) this.#held.set(channel, grant);
  }

  /** It wants to be in a channel no longer. */
  leaveChannel(channel: string): void {
    this.#held.delete(channel);
    const subscription = this.subscriptions.get(channel);
    if (subscription !== undefined) this.drop(subscription);
  }

  /** The connection is open: a connect command is waited for. */
  begin(): void {
    this.#watchStaleness();
  }

  /** Its connect command is being looked at. */
  connecting(): void {
    this.#timer?.cancel();
    this.#state = "connecting";
  }

  /** It is who it says, and may go on. */
  connected(identity: Identity): void {
    this.#state = "connected";
    this.#identity = identity;
    if (this.#hasEnded) return;
    this.environment.clients.add(this);
    this.#heartbeat.start();
    this.#watchExpiry();
  }

  /** It may not go on: whatever else it says breaks the protocol. It is expected to leave. */
  refuse(): void {
    this.#state = "refused";
    this.#watchStaleness();
  }

  /** It has proved anew who it is, until another time; others are told something else, if given. */
  refreshed(expiresAt: number | undefined, info = this.identity?.info): void {
    if (this.#identity === undefined) return;
    this.#identity = { ...this.#identity, expiresAt, info };
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
    this.expel(CLIENT_DISCONNECTS.badRequest);
  }

  /** It may not stay: nothing of what it says from now on counts, also while its Close is awaited. */
  expel(disconnect: Disconnect): void {
    this.refuse();
    this.link.disconnect(disconnect);
  }

  reply<M extends keyof Results>(id: number, method: M, result: Results[M]): void {
    // The two fields belong together, which a union of all methods cannot express for one of them.
    this.send({ kind: "result", id, method, result } as Reply);
  }

  send(reply: Reply): void {
    this.link.send(this.link.codec.encode(reply));
  }

  /** A subscription has begun: others are told. */
  joined(subscription: ClientSubscription): void {
    const membership = membershipOf(this, subscription);
    if (membership !== undefined) this.environment.members.join(membership);
  }

  /** Ends a subscription; others are told. */
  drop(subscription: ClientSubscription): void {
    const { channel } = subscription;
    if (this.subscriptions.get(channel) !== subscription) return;
    this.#endSubscription(subscription);
    this.subscriptions.delete(channel);
  }

  /** Ends a subscription and tells the client why. */
  unsubscribe(subscription: ClientSubscription, cause: Disconnect): void {
    const { channel } = subscription;
    const { code, reason } = cause;
    this.environment.counts.unsubscribes.count(cause);
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

  /** Lets every subscription end once it has taken all that was accepted so far. */
  leave(onDone: () => void): void {
    let waiting = this.subscriptions.size + 1;
    const done = () => {
      waiting -= 1;
      if (waiting === 0) onDone();
    };
    for (const subscription of [...this.subscriptions.values()]) subscription.leave(done);
    this.environment.hub.whenSettled(done);
  }

  /**
   * The connection ends or has ended: nothing is sent any more. Others are told, unless everybody
   * is leaving. Subscriptions stay known: they may be what allows to publish what is on its way.
   * Safe to call twice.
   */
  end({ isQuiet }: { isQuiet: boolean }): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#timer?.cancel();
    this.#heartbeat.stop();
    this.environment.clients.remove(this);
    for (const each of this.subscriptions.values()) this.#endSubscription(each, isQuiet);
  }

  #endSubscription(subscription: ClientSubscription, isQuiet = false): void {
    // As others know it: what is told of it ends with the subscription.
    const membership = membershipOf(this, subscription);
    if (!subscription.end() || membership === undefined) return;
    this.environment.members.leave(membership, { isQuiet });
  }

  #watchStaleness(): void {
    const { staleCloseDelayMs } = this.environment.settings().client;
    this.#watch(staleCloseDelayMs, CLIENT_DISCONNECTS.stale);
  }

  #watchExpiry(): void {
    this.#timer?.cancel();
    const { client } = this.environment.settings();
    const expiresAt = this.#identity?.expiresAt;
    if (expiresAt === undefined || client.isInsecure) return;
    const leftMs = (expiresAt - nowSeconds()) * 1_000;
    this.#watch(leftMs + client.expiredCloseDelayMs, CLIENT_DISCONNECTS.expired);
  }

  #watch(delayMs: number, disconnect: Disconnect): void {
    this.#timer?.cancel();
    if (this.#hasEnded) return;
    const { wheel } = this.environment;
    this.#timer = wheel.schedule(delayMs, () => this.expel(disconnect));
  }
}
