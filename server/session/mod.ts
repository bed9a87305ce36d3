/** Connected clients. @module */
export * from "./client.ts";
export * from "./client_environment.ts";
export * from "./client_registry.ts";
export * from "./client_session.ts";
export * from "./client_sessions.ts";
export * from "./connection_table.ts";
export { COMMAND_METHODS } from "./commands.ts";
export { isOver, nowSeconds } from "./expiry.ts";
export * from "./find_channel.ts";
export * from "./history_page.ts";
export * from "./plain_session.ts";
export * from "./queue_watch.ts";
export * from "./session_owner.ts";
export * from "./session_registry.ts";
export * from "./stream_session.ts";
export * from "./subscribe.ts";
export * from "./timer_wheel.ts";
export * from "./websocket_transport.ts";
