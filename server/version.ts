import manifest from "../deno.json" with { type: "json" };

/** The version of this server, from deno.json. */
export const VERSION: string = manifest.version;

/** Put above the bundle by the build. */
declare const MIDGARD_COMMIT: string | undefined;

/** The commit that an executable was built from; `unknown` from source. */
export const COMMIT: string = typeof MIDGARD_COMMIT === "string" ? MIDGARD_COMMIT : "unknown";
