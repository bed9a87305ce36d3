import { isNameAllowed } from "../auth/mod.ts";
import type { ChannelOptions, ChannelsConfig } from "../config/mod.ts";
import { channelOptionsOf } from "../config/mod.ts";
import type { ReplyError } from "../protocol/mod.ts";
import { COMMAND_ERRORS } from "../protocol/mod.ts";
import { isChannelName } from "../publication.ts";

/** A channel and its options, or the error that tells why there is none of that name. */
export type FoundChannel =
  | { readonly kind: "channel"; readonly channel: string; readonly options: ChannelOptions }
  | { readonly kind: "refused"; readonly error: ReplyError };

/** Finds the channel that a command, or a call of the server API, names. */
export function findChannel(channel: string, channels: ChannelsConfig): FoundChannel {
  if (!isChannelName(channel)) return { kind: "refused", error: COMMAND_ERRORS.badRequest };
  const options = channelOptionsOf(channel, channels);
  if (options === undefined) return { kind: "refused", error: COMMAND_ERRORS.unknownChannel };
  if (!isNameAllowed(channel, options)) {
    return { kind: "refused", error: COMMAND_ERRORS.badRequest };
  }
  return { kind: "channel", channel, options };
}
