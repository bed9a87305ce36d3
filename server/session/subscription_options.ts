import type { SubscriptionGrant } from "../auth/mod.ts";
import type { ChannelOptions } from "../config/mod.ts";
import type { ReplyError, SubscribeRequest, SubscribeResult } from "../protocol/mod.ts";
import type { Client } from "./client.ts";

/** How a subscription began. */
export type Subscribed =
  | {
    readonly kind: "subscribed";
    readonly result: SubscribeResult;
  }
  | { readonly kind: "refused"; readonly error: ReplyError };

/** What a subscription is made of. */
export interface ClientSubscriptionOptions {
  readonly client: Client;
  readonly channel: string;
  /** As they hold for this subscription. */
  readonly options: ChannelOptions;
  readonly grant: SubscriptionGrant;
  readonly request: SubscribeRequest;
  /** Whether the server began it, not the client. */
  readonly isServerSide: boolean;
  /** Told once; what the channel holds is sent behind what this sends. */
  readonly onReady: (subscribed: Subscribed) => void;
}
