/** Commands beside the server: they talk to a running one, or look at what one would do. @module */
export * from "./bench/bench.ts";
export * from "./completion.ts";
export * from "./config.ts";
export * from "./pub.ts";
export * from "./status.ts";
export * from "./sub.ts";
export * from "./token.ts";
export {
  COMMAND_TABLE,
  commandLines,
  commandsTable,
  unknownCommand,
} from "./usage/command_table.ts";
