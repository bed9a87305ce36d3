/** Requests in, responses out. @module */
export type { HttpSettings } from "./caller.ts";
export type { ApiRoutes } from "./api.ts";
export { carryOutHere } from "./api.ts";
export { API_METHODS, nodeInfo, subscribersIn } from "./api_methods.ts";
export { clientAddress, isFromHere } from "./client_address.ts";
export { takeEmulation } from "./client_streams.ts";
export * from "./handler.ts";
export type { HealthRoutes } from "./health.ts";
export type { MetricsRoutes } from "./metrics.ts";
export * from "./origin.ts";
export * from "./refuse.ts";
export * from "./routes.ts";
export * from "./starting.ts";
export * from "./static.ts";
