/** Options: one table, read from flags and environment into one immutable value. @module */
export * from "./help.ts";
export * from "./load.ts";
export { AGE } from "./option_types.ts";
export type { Config, Durability, OptionName, OptionValues } from "./options.ts";
export { ENV_NAMES, OPTIONS } from "./options.ts";
export * from "./channel_options.ts";
export * from "./client_options.ts";
