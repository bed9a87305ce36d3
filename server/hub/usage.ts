/** How much a hub has to do. */
export interface HubUsage {
  /** Channels in use. */
  readonly channels: number;
  readonly subscriptions: number;
  /** Bytes accepted and not yet stored. */
  readonly storingBytes: number;
  /** Bytes stored and not yet handed to every subscriber. */
  readonly handingOutBytes: number;
  /** The longest turn of the event loop in which was handed out, in milliseconds. */
  readonly longestTurnMs: number;
}

/** What is known of a channel in use. */
export interface ChannelInfo {
  readonly channel: string;
  readonly subscribers: number;
}
