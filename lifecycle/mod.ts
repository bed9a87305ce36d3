/**
 * Stopping a `Deno.serve` program without losing anything: signals, a drain with a budget, closing
 * handshakes that read to the end, and a listener that survives running out of descriptors. It
 * knows nothing of what it stops but the small interfaces {@linkcode Drainable} and
 * {@linkcode Closable}.
 *
 * @module
 */
export * from "./close_handshake.ts";
export * from "./deadline.ts";
export * from "./drain.ts";
export * from "./drain_plan.ts";
export * from "./in_flight.ts";
export * from "./knock.ts";
export * from "./lifecycle.ts";
export * from "./listener.ts";
export * from "./open_sockets.ts";
export * from "./service_environment.ts";
export type { ServiceManager, ServiceManagerOptions } from "./service_manager.ts";
export * from "./signals.ts";
export * from "./state.ts";
