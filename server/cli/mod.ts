/** Commands that talk to a running server. @module */
export * from "./status.ts";
