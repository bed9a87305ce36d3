/** Commands beside `serve`. @module */
export * from "./status.ts";
export * from "./token.ts";
