/** What one client, one address or one user may do at most. @module */
export * from "./allowances.ts";
export * from "./connection_limits.ts";
export * from "./places.ts";
export * from "./token_bucket.ts";
