/** Where publications are kept. @module */
export * from "./history_log.ts";
export * from "./memory_log.ts";
