/** Who clients are and what they may do. @module */
export * from "./identity.ts";
export * from "./permissions.ts";
