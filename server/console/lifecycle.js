/**
 * What the server goes through as this page sees it: its own connection says when it is closed and
 * back, `/healthz` says who answers and how far a stop has come.
 */

import { closeMeaning } from "./connection.js";
import { formatCount, formatDuration } from "./format.js";

const MAX_ENTRIES = 50;

/**
 * `phase` is `connecting`, `ready`, `draining`, `away` or `denied`: the server is there and lets
 * this page only look from outside. Tells by `change` of the phase and what belongs to it, and by
 * `entry` (with `detail`) of each new line of the timeline.
 */
export class Lifecycle extends EventTarget {
  phase = "connecting";
  /** When the phase began, on `performance.now()`'s clock. */
  sinceMs = performance.now();
  /** The Close that was received last, as `{ code, reason, wasClean }`. */
  close = null;
  closedBy = "";
  /** What `/healthz` said last, with `atMs`; null while nobody answers. */
  health = null;
  /** Connections closed and all there were, while draining. */
  drain = null;
  /** The timeline, oldest first: `{ date, tone, text }`. */
  entries = [];
  #lastPid = null;
  #peak = 0;
  #awaySince = null;

  /** Adds a line to the timeline. */
  note(tone, text) {
    const entry = { date: new Date(), tone, text };
    this.entries.push(entry);
    if (this.entries.length > MAX_ENTRIES) this.entries.shift();
    this.dispatchEvent(new CustomEvent("entry", { detail: entry }));
  }

  /** The page's connection is open. */
  opened(awayMs) {
    const isBack = awayMs !== null;
    this.note("good", isBack ? `back after ${gap(awayMs)}` : "connected");
    this.close = null;
    this.#awaySince = null;
    this.#enter("ready");
  }

  /** The page's connection was closed by the server, or broke. */
  closed(event, hasRetry) {
    const { code, reason, wasClean } = event;
    const how = wasClean ? "closed by the server" : "connection lost";
    this.close = { code, reason, wasClean, meaning: closeMeaning(event) };
    this.note("bad", `${how}: ${`${code} ${reason}`.trimEnd()}`);
    this.#awaySince = performance.now();
    this.#enter(hasRetry ? "away" : "denied");
  }

  /** Nobody could be reached, for the first time or again. */
  failed() {
    if (this.phase === "connecting") this.note("away", "no connection");
    if (this.phase !== "denied") this.#enter("away");
  }

  /** The server is there, and this page has no connection of its own. */
  watching() {
    const awayMs = this.#awaySince === null ? null : performance.now() - this.#awaySince;
    if (this.phase === "ready") return;
    this.note("good", awayMs === null ? "reached the server" : `back after ${gap(awayMs)}`);
    this.#awaySince = null;
    this.close = null;
    this.#enter("ready");
  }

  /** Without a connection of its own, nobody answers any more. */
  unreachable() {
    if (this.phase === "away") return;
    this.note("bad", "does not answer");
    this.#awaySince = performance.now();
    this.health = null;
    this.#enter("away");
  }

  /** What `/healthz` says; null if nobody answered. */
  told(health) {
    this.health = health;
    if (health === null) return this.dispatchEvent(new Event("change"));
    this.#identify(health);
    const { status, connections = 0 } = health;
    if (status === "ready") this.#peak = connections;
    const isStopping = status === "draining" || status === "closing";
    if (isStopping) this.#draining(connections);
    else if (this.phase === "draining") this.#enter("ready");
    this.dispatchEvent(new Event("change"));
  }

  #draining(connections) {
    this.#peak = Math.max(this.#peak, connections);
    this.drain = { closed: this.#peak - connections, all: this.#peak };
    if (this.phase === "ready") {
      this.note("away", `draining ${formatCount(this.#peak, "connection")}`);
      this.#enter("draining");
    }
  }

  /** Says whether who answers now is who answered before. */
  #identify({ pid }) {
    if (!pid) return;
    if (this.#lastPid !== null && pid !== this.#lastPid) {
      this.note("plain", `new process ${pid}, was ${this.#lastPid}`);
    }
    this.#lastPid = pid;
  }

  #enter(phase) {
    if (phase !== "draining" && phase !== "away") this.drain = null;
    if (phase !== this.phase) this.sinceMs = performance.now();
    this.phase = phase;
    this.dispatchEvent(new Event("change"));
  }
}

/** A gap exactly, as it is what a restart is judged by. */
function gap(ms) {
  return ms < 10_000 ? `${Math.round(ms).toLocaleString("en")} ms` : formatDuration(ms);
}
