/** Connected clients. @module */
export * from "./session.ts";
export * from "./session_registry.ts";
export * from "./stream_session.ts";
export * from "./websocket_transport.ts";
