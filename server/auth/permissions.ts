import {
  type ChannelOptions,
  nameInNamespace,
  NAMESPACE_BOUNDARY,
  type PersonalChannelOptions,
  PRIVATE_PREFIX,
  USER_BOUNDARY,
  USER_SEPARATOR,
} from "../config/mod.ts";

/** Who asks, and for what. */
export interface Access {
  /** A name that {@linkcode isNameAllowed} has let pass. */
  readonly channel: string;
  /** The options of that channel. */
  readonly options: ChannelOptions;
  /** Empty for anonymous clients. */
  readonly user: string;
  /** Whether the client is subscribed to the channel at this moment. */
  readonly isSubscribed: boolean;
  /** Whether everybody may do everything. */
  readonly isInsecure: boolean;
}

/** Options that allow one thing. */
interface Rule {
  /** Allows it to every client. */
  readonly client: keyof ChannelOptions;
  /** Allows it to clients that are subscribed. */
  readonly subscriber?: keyof ChannelOptions;
  /** Has to be on as well where the client is anonymous; allows nothing by itself. */
  readonly anonymous: keyof ChannelOptions;
}

const RULES = {
  subscribe: {
    client: "allowSubscribeForClient",
    anonymous: "allowSubscribeForAnonymous",
  },
  publish: {
    client: "allowPublishForClient",
    subscriber: "allowPublishForSubscriber",
    anonymous: "allowPublishForAnonymous",
  },
  presence: {
    client: "allowPresenceForClient",
    subscriber: "allowPresenceForSubscriber",
    anonymous: "allowPresenceForAnonymous",
  },
  history: {
    client: "allowHistoryForClient",
    subscriber: "allowHistoryForSubscriber",
    anonymous: "allowHistoryForAnonymous",
  },
} as const satisfies Readonly<Record<string, Rule>>;

/**
 * Whether a client may subscribe without a subscription token.
 *
 * A private channel needs a token. One that is limited to users takes those it names and nobody
 * else, whatever the other options say.
 */
export function maySubscribe(access: Omit<Access, "isSubscribed">): boolean {
  const { channel, options, user, isInsecure } = access;
  if (isInsecure) return true;
  if (channel.startsWith(PRIVATE_PREFIX)) return false;
  if (options.allowUserLimitedChannels && channel.includes(USER_BOUNDARY)) {
    return user !== "" && usersOf(channel).includes(user);
  }
  return isAllowed(RULES.subscribe, { ...access, isSubscribed: false });
}

/** Whether a client may publish. */
export function mayPublish(access: Access): boolean {
  return isAllowed(RULES.publish, access);
}

/** Whether a client may ask who is there, where that is kept at all. */
export function maySeePresence(access: Access): boolean {
  return isAllowed(RULES.presence, access);
}

/** Whether a client may read old publications, where there are any. */
export function mayReadHistory(access: Access): boolean {
  return isAllowed(RULES.history, access);
}

/** Whether a client that may subscribe gets recovery when it asks for it. */
export function mayRecover(access: Omit<Access, "isSubscribed">): boolean {
  return access.options.allowRecovery || mayReadHistory({ ...access, isSubscribed: true });
}

/** Whether a client that may subscribe gets positioning when it asks for it. */
export function mayPosition(access: Omit<Access, "isSubscribed">): boolean {
  return access.options.allowPositioning || mayReadHistory({ ...access, isSubscribed: true });
}

/** Whether a client that may subscribe is told who comes and goes when it asks for it. */
export function maySeeJoinLeave(access: Omit<Access, "isSubscribed">): boolean {
  return access.options.joinLeave && maySeePresence({ ...access, isSubscribed: true });
}

/** Whether the namespace of a channel takes its name. */
export function isNameAllowed(channel: string, { channelRegex }: ChannelOptions): boolean {
  // `search` leaves `lastIndex` alone, so a regex with the flag `g` has no memory here.
  return channelRegex === undefined || nameInNamespace(channel).search(channelRegex) !== -1;
}

/** The name of the channel that is a user's own. */
export function personalChannel(
  user: string,
  { namespace }: Pick<PersonalChannelOptions, "namespace">,
): string {
  const prefix = namespace === "" ? "" : `${namespace}${NAMESPACE_BOUNDARY}`;
  return `${prefix}${USER_BOUNDARY}${user}`;
}

function isAllowed({ client, subscriber, anonymous }: Rule, access: Access): boolean {
  const { options, user, isSubscribed, isInsecure } = access;
  if (isInsecure) return true;
  if (user === "" && options[anonymous] !== true) return false;
  if (options[client] === true) return true;
  return isSubscribed && subscriber !== undefined && options[subscriber] === true;
}

/** The users in a name such as `game#42,43`: those after the last boundary. */
function usersOf(channel: string): string[] {
  return channel.slice(channel.lastIndexOf(USER_BOUNDARY) + 1).split(USER_SEPARATOR);
}
