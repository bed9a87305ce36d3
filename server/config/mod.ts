/** Options: one table, read from flags, environment and a file into one immutable value. @module */
export { isLoopback } from "./address.ts";
export * from "./channel_options.ts";
export * from "./client_options.ts";
export { CLIENT_SETTINGS } from "./client_settings.ts";
export type { Config } from "./config.ts";
export * from "./did_you_mean.ts";
export type { EffectiveValue } from "./effective_values.ts";
export type { Environment, Source } from "./flags.ts";
export * from "./help.ts";
export * from "./json_schema.ts";
export * from "./load.ts";
export { AGE, duration, oneOf, wholeNumber } from "./option_types.ts";
export type { Durability, Option, OptionName, OptionValues } from "./options.ts";
export { ENV_NAMES, OPTIONS } from "./options.ts";
export type { Setting } from "./setting.ts";
