/**
 * Where a server is in its life. One value, one pure function: whoever asks "may I still accept
 * this?" asks the same state that the stop script moves forward.
 *
 * ```
 * starting ──bound──▶ ready ──stop_requested──▶ draining ──delay_over──▶ closing ──finished──▶ stopped
 *     └────────────stop_requested──────────────────▲
 * ```
 *
 * @module
 */

/** One moment of a server's life. */
export type LifecycleState =
  | { readonly kind: "starting" }
  | { readonly kind: "ready" }
  /** A stop was asked for; everything still works, load balancers may look away. */
  | { readonly kind: "draining"; readonly signal: string }
  /** Nothing new is accepted, connections are being closed. */
  | { readonly kind: "closing"; readonly signal: string }
  | { readonly kind: "stopped"; readonly signal: string };

/** What can happen to a server. */
export type LifecycleEvent =
  | { readonly kind: "bound" }
  | { readonly kind: "stop_requested"; readonly signal: string }
  | { readonly kind: "delay_over" }
  | { readonly kind: "finished" };

/** The state before anything happened. */
export const STARTING: LifecycleState = { kind: "starting" };

/**
 * The state after `event`. An event that means nothing in `state` (a second stop request, a bind
 * that ends after the stop was asked for) leaves it unchanged, and the same object is returned.
 */
export function transition(state: LifecycleState, event: LifecycleEvent): LifecycleState {
  switch (event.kind) {
    case "bound":
      return state.kind === "starting" ? { kind: "ready" } : state;
    case "stop_requested":
      if (state.kind !== "starting" && state.kind !== "ready") return state;
      return { kind: "draining", signal: event.signal };
    case "delay_over":
      return state.kind === "draining" ? { kind: "closing", signal: state.signal } : state;
    case "finished":
      return state.kind === "closing" ? { kind: "stopped", signal: state.signal } : state;
  }
}

/** True while new connections and publications are welcome: ready, and the drain delay. */
export function isAccepting(state: LifecycleState): boolean {
  return state.kind === "ready" || state.kind === "draining";
}
