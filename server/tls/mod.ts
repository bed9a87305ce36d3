/**
 * The certificate that the server shows: its files, whether they are good, and how long.
 *
 * @example Serve with a certificate
 * ```ts
 * import { loadTls } from "./mod.ts";
 *
 * const loaded = await loadTls({
 *   cert: { path: "cert.pem", source: "--tls-cert" },
 *   key: { path: "key.pem", source: "--tls-key" },
 * });
 * if (loaded.kind === "loaded") Deno.serve(loaded.tls, () => new Response("hello"));
 * ```
 *
 * @module
 */
export * from "./certificate.ts";
export * from "./certificate_state.ts";
export * from "./load_tls.ts";
export * from "./tls_judge.ts";
