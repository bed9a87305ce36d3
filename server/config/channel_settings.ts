import type { ChannelOptions } from "./channel_options.ts";
import { OPEN_CHANNEL } from "./channel_options.ts";
import { AGE, listOf, matching, oneOf, optional, orBlank } from "./option_types.ts";
import { SWITCH, wholeNumber } from "./option_types.ts";
import { REGEX } from "./regex_type.ts";
import type { Setting, SettingRows, Settings } from "./setting.ts";
import { withDefaults } from "./setting.ts";

/** What Centrifugo allows in a channel that nothing is said about: nothing. */
export const CLOSED_CHANNEL: ChannelOptions = {
  presence: false,
  joinLeave: false,
  forcePushJoinLeave: false,
  historySize: 0,
  historyTtlMs: 0,
  allowPositioning: false,
  forcePositioning: false,
  allowRecovery: false,
  forceRecovery: false,
  forceRecoveryMode: "stream",
  allowedDeltaTypes: [],
  deltaPublish: false,
  allowSubscribeForClient: false,
  allowSubscribeForAnonymous: false,
  allowPublishForClient: false,
  allowPublishForSubscriber: false,
  allowPublishForAnonymous: false,
  allowPresenceForClient: false,
  allowPresenceForSubscriber: false,
  allowPresenceForAnonymous: false,
  allowHistoryForClient: false,
  allowHistoryForSubscriber: false,
  allowHistoryForAnonymous: false,
  allowUserLimitedChannels: false,
  publicationDataFormat: "",
  channelRegex: undefined,
};

const WHO = {
  client: "clients with a user id",
  subscriber: "subscribers of the channel with a user id",
  anonymous: "clients without a user id",
};
const WHAT = {
  subscribe: "subscribe",
  publish: "publish",
  presence: "see who subscribes",
  history: "read history",
};

const ROWS: SettingRows<ChannelOptions> = {
  presence: is("presence", "it is kept who subscribes"),
  joinLeave: is("join_leave", "coming and going is told to subscribers that ask for it"),
  forcePushJoinLeave: is("force_push_join_leave", "coming and going is told to every subscriber"),
  historySize: {
    key: "history_size",
    type: wholeNumber(0, 1_000_000_000),
    help: "publications kept per channel; 0 keeps none",
  },
  historyTtlMs: { key: "history_ttl", type: AGE, help: "how long they are kept; 0s keeps none" },
  allowPositioning: is("allow_positioning", "clients may ask to be told of a gap"),
  forcePositioning: is("force_positioning", "every subscriber is told of a gap"),
  allowRecovery: is("allow_recovery", "clients may ask to resume where they were"),
  forceRecovery: is("force_recovery", "every subscriber resumes where it was"),
  forceRecoveryMode: {
    key: "force_recovery_mode",
    type: orBlank(oneOf(["stream", "cache"]), "stream"),
    help: "what is recovered: stream for all that was missed, cache for the newest publication",
  },
  allowedDeltaTypes: {
    key: "allowed_delta_types",
    type: listOf(oneOf(["fossil"])),
    help: "kinds of deltas that subscribers may ask for",
  },
  deltaPublish: is("delta_publish", "publications are sent as deltas without being asked to"),
  allowSubscribeForClient: may("subscribe", "client"),
  allowSubscribeForAnonymous: may("subscribe", "anonymous"),
  allowPublishForClient: may("publish", "client"),
  allowPublishForSubscriber: may("publish", "subscriber"),
  allowPublishForAnonymous: may("publish", "anonymous"),
  allowPresenceForClient: may("presence", "client"),
  allowPresenceForSubscriber: may("presence", "subscriber"),
  allowPresenceForAnonymous: may("presence", "anonymous"),
  allowHistoryForClient: may("history", "client"),
  allowHistoryForSubscriber: may("history", "subscriber"),
  allowHistoryForAnonymous: may("history", "anonymous"),
  allowUserLimitedChannels: is(
    "allow_user_limited_channels",
    "# in a name lists the only users that may subscribe",
  ),
  publicationDataFormat: {
    key: "publication_data_format",
    type: oneOf(["", "json", "json_object", "binary"]),
    help: "what clients may publish: anything but nothing, JSON, a JSON object, or any bytes",
  },
  channelRegex: {
    key: "channel_regex",
    type: optional(REGEX),
    help: "what a channel's name behind its namespace must match",
  },
};

/** The options of a channel in the configuration file, with Centrifugo's defaults. */
export const CHANNEL_SETTINGS: Settings<ChannelOptions> = withDefaults(ROWS, CLOSED_CHANNEL);

/** The same with the defaults of a Midgard whose configuration says nothing of channels. */
export const OPEN_CHANNEL_SETTINGS: Settings<ChannelOptions> = withDefaults(ROWS, OPEN_CHANNEL);

/** What stands before the boundary in the names of a namespace's channels. */
export const NAMESPACE_NAME: Setting<string | undefined> = {
  key: "name",
  type: matching(/^[-a-zA-Z0-9_.]{2,}$/, {
    placeholder: "<name>",
    what: "two or more letters, digits, dots, hyphens or underscores",
  }),
  default: undefined,
  help: "what stands before the colon in the names of its channels",
};

function is(key: string, help: string): Omit<Setting<boolean>, "default"> {
  return { key, type: SWITCH, help };
}

function may(what: keyof typeof WHAT, who: keyof typeof WHO): Omit<Setting<boolean>, "default"> {
  return is(`allow_${what}_for_${who}`, `${WHO[who]} may ${WHAT[what]}`);
}
