/** Requests in, responses out. @module */
export * from "./handler.ts";
export * from "./origin.ts";
export * from "./routes.ts";
export * from "./static.ts";
