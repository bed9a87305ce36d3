/** Channels, subscriptions and fan-out. @module */
export type { Subscription } from "./channel.ts";
export { Delivery } from "./delivery.ts";
export type { Outgoing } from "./delivery.ts";
export * from "./hub.ts";
export type { ReplayStart } from "./replay.ts";
export * from "./subscriber.ts";
