/** Numbers: what is counted where it happens, and how it is told. @module */
export * from "./call_counts.ts";
export * from "./counts.ts";
export * from "./exposition.ts";
export * from "./histogram.ts";
export * from "./loop_lag.ts";
export * from "./metric_table.ts";
export * from "./tally.ts";
export * from "./traffic.ts";
