import { mayPosition, mayRecover, maySeeJoinLeave } from "../auth/mod.ts";
import type { ChannelOptions } from "../config/mod.ts";
import { keepsHistory } from "../config/mod.ts";
import type { SubscribeRequest } from "../protocol/mod.ts";

/** What a subscription is given of what it asks for, and of what its channel gives unasked. */
export interface SubscriptionTerms {
  /** Whether it may go on from where it was. */
  readonly isRecoverable: boolean;
  /** Whether it is told its position, and that it has lost it. */
  readonly isPositioned: boolean;
  /** Whether publications are sent as differences. */
  readonly hasDelta: boolean;
  /** Whether it is told who comes and goes. */
  readonly wantsNotices: boolean;
}

/** Decides the terms by the channel's options and by what the client may see. */
export function subscriptionTerms(
  request: SubscribeRequest,
  access: {
    readonly channel: string;
    readonly options: ChannelOptions;
    readonly user: string;
    readonly isInsecure: boolean;
    /** What the server begins is given what it asks for. */
    readonly isServerSide: boolean;
  },
): SubscriptionTerms {
  const { options, isServerSide } = access;
  const { forceRecovery, forcePositioning, joinLeave, forcePushJoinLeave } = options;
  const hasHistory = keepsHistory(options);
  const isRecoverable = hasHistory && (forceRecovery ||
    (request.recoverable === true && (isServerSide || mayRecover(access))));
  const isPositioned = hasHistory && (isRecoverable || forcePositioning ||
    (request.positioned === true && (isServerSide || mayPosition(access))));
  return {
    isRecoverable,
    isPositioned,
    hasDelta: options.allowedDeltaTypes.some((type) => type === request.delta),
    wantsNotices: joinLeave &&
      (forcePushJoinLeave || (request.join_leave === true && maySeeJoinLeave(access))),
  };
}

/** Longer than an epoch of any log. */
const LONG_EPOCH = 255;

/**
 * What a subscription keeps of its request: the rest may be as large as a frame. Who may not recover
 * begins anew, and is not told that nothing was missed.
 */
export function keptRequest(
  { recover = false, offset = 0, epoch = "", flag = 0 }: SubscribeRequest,
  { isRecoverable }: SubscriptionTerms,
): SubscribeRequest {
  const isLong = epoch.length > LONG_EPOCH;
  return { recover: recover && isRecoverable, offset, flag, epoch: isLong ? "too long" : epoch };
}
