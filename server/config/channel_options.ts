/** What may be done in a channel and what is kept of it: the options of a namespace. */

/** Options of the channels of one namespace; named and meant as Centrifugo's, in camelCase. */
export interface ChannelOptions {
  /** Whether it is kept who subscribes. */
  readonly presence: boolean;
  /** Whether coming and going is told to subscribers that ask for it. */
  readonly joinLeave: boolean;
  /** Whether it is told to every subscriber, asked or not. */
  readonly forcePushJoinLeave: boolean;
  /** Publications kept; 0 turns history off. */
  readonly historySize: number;
  /** Milliseconds that they are kept; 0 turns history off. */
  readonly historyTtlMs: number;
  readonly allowPositioning: boolean;
  readonly forcePositioning: boolean;
  readonly allowRecovery: boolean;
  readonly forceRecovery: boolean;
  /** `cache`: only the newest publication is recovered. */
  readonly forceRecoveryMode: RecoveryMode;
  readonly allowedDeltaTypes: readonly DeltaType[];
  /** Whether every publication may be sent as a delta, also those that do not ask for it. */
  readonly deltaPublish: boolean;
  readonly allowSubscribeForClient: boolean;
  readonly allowSubscribeForAnonymous: boolean;
  readonly allowPublishForClient: boolean;
  readonly allowPublishForSubscriber: boolean;
  readonly allowPublishForAnonymous: boolean;
  readonly allowPresenceForClient: boolean;
  readonly allowPresenceForSubscriber: boolean;
  readonly allowPresenceForAnonymous: boolean;
  readonly allowHistoryForClient: boolean;
  readonly allowHistoryForSubscriber: boolean;
  readonly allowHistoryForAnonymous: boolean;
  /** Whether `#` in a name lists the only users that may subscribe. */
  readonly allowUserLimitedChannels: boolean;
  /** What clients may publish: anything but nothing, JSON, a JSON object, or bytes of any kind. */
  readonly publicationDataFormat: PublicationDataFormat;
  /** What the part of a name behind the namespace must match; undefined for anything. */
  readonly channelRegex: RegExp | undefined;
}

/** What a resuming subscriber is given. */
export type RecoveryMode = "stream" | "cache";
/** Kinds of deltas between publications. */
export type DeltaType = "fossil";
/** What clients may publish. */
export type PublicationDataFormat = "" | "json" | "json_object" | "binary";

/** Every channel's options, by namespace. */
export interface ChannelsConfig {
  readonly withoutNamespace: ChannelOptions;
  /** By name. Undefined where the configuration names none: then a `:` in a name means nothing. */
  readonly namespaces: ReadonlyMap<string, ChannelOptions> | undefined;
}

/** Ends the namespace in a channel's name. */
export const NAMESPACE_BOUNDARY = ":";
/** Begins the name of a channel that needs a subscription token. */
export const PRIVATE_PREFIX = "$";
/** Stands before the users that a channel is limited to. */
export const USER_BOUNDARY = "#";
/** Stands between them. */
export const USER_SEPARATOR = ",";

/** The options of a channel; undefined if it is of a namespace that there is none of. */
export function channelOptionsOf(
  channel: string,
  { withoutNamespace, namespaces }: ChannelsConfig,
): ChannelOptions | undefined {
  if (namespaces === undefined) return withoutNamespace;
  const name = channel.startsWith(PRIVATE_PREFIX) ? channel.slice(1) : channel;
  const end = name.indexOf(NAMESPACE_BOUNDARY);
  return end === -1 ? withoutNamespace : namespaces.get(name.slice(0, end));
}

/** Whether anything is kept of the channels that have these options. */
export function keepsHistory(
  { historySize, historyTtlMs }: Pick<ChannelOptions, "historySize" | "historyTtlMs">,
): boolean {
  return historySize > 0 && historyTtlMs > 0;
}

/** The part of a channel's name that its namespace's `channel_regex` is held against. */
export function nameInNamespace(channel: string): string {
  const name = channel.startsWith(PRIVATE_PREFIX) ? channel.slice(1) : channel;
  return name.slice(name.indexOf(NAMESPACE_BOUNDARY) + 1);
}

/** What a Midgard without a configuration allows: everything. */
export const OPEN_CHANNEL: ChannelOptions = {
  presence: true,
  joinLeave: true,
  forcePushJoinLeave: false,
  historySize: 1_000,
  historyTtlMs: 86_400_000,
  allowPositioning: true,
  forcePositioning: false,
  allowRecovery: true,
  forceRecovery: true,
  forceRecoveryMode: "stream",
  allowedDeltaTypes: ["fossil"],
  deltaPublish: true,
  allowSubscribeForClient: true,
  allowSubscribeForAnonymous: true,
  allowPublishForClient: true,
  allowPublishForSubscriber: true,
  allowPublishForAnonymous: true,
  allowPresenceForClient: true,
  allowPresenceForSubscriber: true,
  allowPresenceForAnonymous: true,
  allowHistoryForClient: true,
  allowHistoryForSubscriber: true,
  allowHistoryForAnonymous: true,
  allowUserLimitedChannels: false,
  publicationDataFormat: "",
  channelRegex: undefined,
};
