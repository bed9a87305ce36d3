/** Channels, subscriptions and fan-out. @module */
export type { Subscription } from "./channel.ts";
export { Delivery } from "./delivery.ts";
export type { Outgoing } from "./delivery.ts";
export * from "./hub.ts";
export * from "./members.ts";
export { Notice } from "./notice.ts";
export * from "./presence.ts";
export type { PublishRequest } from "./publish_request.ts";
export type { ReplayStart } from "./replay.ts";
export * from "./subscriber.ts";
export type { ChannelInfo, HubUsage } from "./usage.ts";
