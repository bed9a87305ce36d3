/**
 * The console: the page a newcomer opens first, as assets held in memory so that a compiled
 * executable carries them.
 *
 * @example Serve every asset
 * ```ts
 * import { CONSOLE_ASSETS } from "./mod.ts";
 *
 * const assets = new Map(CONSOLE_ASSETS.map((asset) => [asset.path, asset]));
 * const page = assets.get("/console");
 * ```
 *
 * @module
 */
export * from "./assets.ts";
