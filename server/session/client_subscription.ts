import type { SubscriptionGrant } from "../auth/mod.ts";
import type { ChannelOptions } from "../config/mod.ts";
import type { Delivery, Notice, ResumingSubscriber, Subscription } from "../hub/mod.ts";
import type {
  CentrifugeCodec,
  CentrifugeFrame,
  JoiningProtocol,
  ReplyError,
  SubscribeResult,
} from "../protocol/mod.ts";
import { CLIENT_DISCONNECTS, COMMAND_ERRORS, SUBSCRIBE_FLAGS } from "../protocol/mod.ts";
import type { Position, Publication } from "../publication.ts";
import { expiryOf, nowSeconds } from "./expiry.ts";
import { Recovery, streamStart } from "./recovery.ts";
import type { ClientSubscriptionOptions } from "./subscription_options.ts";
import type { SubscriptionTerms } from "./subscription_terms.ts";
import { keptRequest, subscriptionTerms } from "./subscription_terms.ts";
import type { WheelTimer } from "./timer_wheel.ts";

type Phase =
  | { readonly kind: "pending" }
  /** What was missed is being read; it becomes part of the result. */
  | { readonly kind: "recovering"; readonly recovery: Recovery }
  | { readonly kind: "live" }
  | { readonly kind: "ended" };

/** One subscription of a client: recovers what it missed, then passes on what comes. */
export class ClientSubscription implements ResumingSubscriber {
  readonly channel: string;
  readonly options: ChannelOptions;
  readonly isServerSide: boolean;
  readonly protocol: JoiningProtocol<CentrifugeFrame>;
  readonly #own: ClientSubscriptionOptions;
  readonly #codec: CentrifugeCodec;
  readonly #terms: SubscriptionTerms;
  #grant: SubscriptionGrant;
  #phase: Phase = { kind: "pending" };
  #subscription: Subscription | undefined;
  #expiry: WheelTimer | undefined;
  /** The last one that was sent: what the next delta builds on. */
  #previous: Publication | undefined;
  #onLeft: (() => void) | undefined;
  #began: PromiseWithResolvers<void> | undefined;

  constructor(own: ClientSubscriptionOptions) {
    const { client, channel, options, request } = own;
    this.channel = channel;
    this.options = options;
    this.isServerSide = own.isServerSide;
    this.#grant = own.grant;
    this.#codec = client.link.codec;
    this.protocol = this.#codec.publications;
    const { isInsecure } = client.environment.settings().client;
    this.#terms = subscriptionTerms(request, { ...own, user: client.user, isInsecure });
    this.#own = { ...own, request: keptRequest(request, this.#terms) };
  }

  /** Fixed while it lasts, because a channel counts who wants them. */
  get wantsNotices(): boolean {
    return this.#terms.wantsNotices;
  }

  get grant(): SubscriptionGrant {
    return this.#grant;
  }

  get isGone(): boolean {
    return this.#phase.kind === "ended" || !this.#own.client.link.isOpen;
  }

  /** It has a bound of its own, above which the whole connection ends: it can be resumed. */
  get isFull(): boolean {
    return false;
  }

  /** Begins; `onReady` follows, at once where there is nothing to read. */
  start(): void {
    const { client, client: { environment: { hub } }, channel, request } = this.#own;
    this.#watchExpiry();
    if (!this.#terms.isPositioned) {
      this.#subscription = hub.subscribe(channel, this);
      return hub.whenJoined(this.#subscription, () => this.#ready({}));
    }
    if (request.recover !== true) return this.#resume();
    const isQueued = client.recoveries.add(async () => {
      if (this.isGone) return;
      this.#began = Promise.withResolvers();
      this.#resume();
      await this.#began.promise;
      await this.drained();
    });
    if (!isQueued) this.#refuse(COMMAND_ERRORS.tooManyRequests);
  }

  /** Its token was renewed, or the server says so. */
  refreshed(expiresAt: number | undefined): void {
    if (this.#phase.kind === "ended") return;
    const { expiresAt: _before, ...grant } = this.#grant;
    this.#grant = expiresAt === undefined ? grant : { ...grant, expiresAt };
    this.#watchExpiry();
  }

  begin(position: Position): void {
    this.#phase = { kind: "recovering", recovery: this.#recoveryFrom(position) };
  }

  reset(position: Position): void {
    if (this.#phase.kind === "live") return this.#own.client.lost(this);
    const recovery = this.#recoveryFrom(position);
    recovery.lose();
    this.#phase = { kind: "recovering", recovery };
  }

  deliver(delivery: Delivery): void {
    if (this.#phase.kind === "recovering") {
      this.#phase.recovery.add(delivery);
      const { queueMaxSize } = this.#own.client.environment.settings().client;
      // Half of the queue: what does not fit is pushed behind the result, as fast as it is taken.
      if (this.#phase.recovery.bytes >= queueMaxSize / 2) this.#finish(this.#phase.recovery);
    } else if (this.#phase.kind === "live") {
      this.#own.client.link.deliver(this.#frameOf(delivery), delivery.outgoing.length);
      this.#previous = delivery.outgoing.at(-1)?.publication;
    }
  }

  notice(notice: Notice): void {
    if (this.#phase.kind === "live") this.#own.client.link.send(notice.frame(this.#codec));
  }

  caughtUp(): void {
    if (this.#phase.kind === "recovering") this.#finish(this.#phase.recovery);
  }

  async drained(): Promise<void> {
    // What is read becomes part of the result: nothing of it was sent.
    if (this.#phase.kind === "recovering") return;
    const { link } = this.#own.client;
    if (!await link.drained()) link.disconnect(CLIENT_DISCONNECTS.slow);
  }

  failed(error: unknown): void {
    const { client } = this.#own;
    client.environment.onError(error);
    if (this.#phase.kind === "live") return client.lost(this);
    this.#refuse(COMMAND_ERRORS.internal);
  }

  /** Ends once it has taken all that was accepted so far, or at once when it is ended. */
  leave(onDone: () => void): void {
    if (this.#subscription === undefined) return onDone();
    this.#onLeft = onDone;
    this.#own.client.environment.hub.leave(this.#subscription, () => this.#left());
  }

  /**
   * Ends it now, as its client asks; true if others know of it. A beginning that is cut short is
   * answered. Safe to call twice.
   */
  end(): boolean {
    const { kind } = this.#phase;
    this.#phase = { kind: "ended" };
    this.#expiry?.cancel();
    const { client, onReady } = this.#own;
    if (this.#subscription !== undefined) client.environment.hub.unsubscribe(this.#subscription);
    this.#began?.resolve();
    // Behind the reply to the command that ended it.
    if (this.#onLeft !== undefined) queueMicrotask(() => this.#left());
    if (kind === "pending" || kind === "recovering") {
      onReady({ kind: "refused", error: COMMAND_ERRORS.internal });
    }
    return kind === "live";
  }

  #left(): void {
    const onLeft = this.#onLeft;
    this.#onLeft = undefined;
    onLeft?.();
  }

  #resume(): void {
    const { client, channel, request } = this.#own;
    const start = streamStart(request, {
      mode: this.options.forceRecoveryMode,
      isRecoverable: this.#terms.isRecoverable,
      maxMissed: client.environment.settings().client.recoveryMaxPublicationLimit,
    });
    this.#subscription = client.environment.hub.resume(channel, this, start);
  }

  #recoveryFrom(position: Position): Recovery {
    const { request } = this.#own;
    const { isRecoverable } = this.#terms;
    return new Recovery({ request, isRecoverable, position, mode: this.options.forceRecoveryMode });
  }

  #finish(recovery: Recovery): void {
    const { client: { link }, request } = this.#own;
    recovery.countIn(link.traffic);
    const isRejected = ((request.flag ?? 0) & SUBSCRIBE_FLAGS.rejectUnrecovered) !== 0;
    if (request.recover === true && !recovery.isRecovered && isRejected) {
      return this.#refuse(COMMAND_ERRORS.unrecoverablePosition);
    }
    this.#previous = recovery.publications.at(-1);
    this.#ready({
      positioned: true,
      ...(this.#terms.isRecoverable && { recoverable: true }),
      ...recovery.result(this.channel, this.#terms.hasDelta ? this.#codec : undefined),
    });
  }

  #ready(stream: SubscribeResult): void {
    const { client, onReady } = this.#own;
    this.#phase = { kind: "live" };
    const { data, expiresAt } = this.#grant;
    const about = {
      ...(client.environment.settings().client.isInsecure ? {} : expiryOf(expiresAt)),
      ...(data !== undefined && { data }),
      ...(this.#terms.hasDelta && { delta: true }),
    };
    // Others, and it itself, are told in a later turn of the event loop: behind the answer.
    client.joined(this);
    onReady({ kind: "subscribed", result: { ...stream, ...about } });
    this.#began?.resolve();
  }

  #refuse(error: ReplyError): void {
    const { client, onReady } = this.#own;
    this.#phase = { kind: "ended" };
    client.drop(this);
    onReady({ kind: "refused", error });
  }

  #frameOf(delivery: Delivery): CentrifugeFrame {
    if (this.#terms.hasDelta) return delivery.deltas(this.#codec, this.#previous);
    return delivery.joined(this.protocol);
  }

  #watchExpiry(): void {
    this.#expiry?.cancel();
    const { client } = this.#own;
    const { settings, wheel } = client.environment;
    const { expiredSubCloseDelayMs, isInsecure } = settings().client;
    const { expiresAt } = this.#grant;
    if (expiresAt === undefined || isInsecure) return;
    const leftMs = (expiresAt - nowSeconds()) * 1_000;
    this.#expiry = wheel.schedule(leftMs + expiredSubCloseDelayMs, () => {
      client.subscriptionExpired(this);
    });
  }
}
