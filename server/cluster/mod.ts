/** Several servers that share one history: who else there is, and what they tell each other. @module */
export type { Bus } from "./bus.ts";
export * from "./cluster.ts";
export type { NodeInfo } from "./node_info.ts";
export * from "./node_registry.ts";
export * from "./presence_store.ts";
export { redisMeetingPlace } from "./redis_meeting_place.ts";
export type { Wheel } from "./wheel.ts";
