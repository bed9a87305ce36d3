/** Where publications are kept. @module */
export type * from "./broker.ts";
export * from "./history_log.ts";
export * from "./memory_log.ts";
export * from "./sqlite_log.ts";
export { HistoryFileError } from "./sqlite_file.ts";
export * from "./open.ts";
