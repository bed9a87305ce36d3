/** Commands beside the server: they talk to a running one, or look at what one would do. @module */
export * from "./bench/bench.ts";
export * from "./config.ts";
export * from "./status.ts";
export * from "./token.ts";
