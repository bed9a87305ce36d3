/** The server: everything but the stop itself, which is in `lifecycle/`. @module */
export type { Environment } from "./config/mod.ts";
export { ENV_NAMES, helpText, loadConfig, reloadConfig } from "./config/mod.ts";
export { configProblems } from "./open_files.ts";
export { serve } from "./serve.ts";
export { COMMIT, VERSION } from "./version.ts";
