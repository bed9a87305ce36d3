/** What a person at a terminal sees of a server. @module */
export * from "./banner.ts";
export * from "./progress_bar.ts";
