/** The state of the server in large, how far a stop has come, and what happened before. */

import { button, h, setAttribute, setText } from "./dom.js";
import { formatClock, formatDuration, formatRetry, formatSeconds, formatServer } from "./format.js";

const TICK_MS = 100;
const CALM_TICK_MS = 1_000;

/** The phases in words. */
export const PHASE_WORDS = {
  connecting: "Connecting",
  ready: "Ready",
  draining: "Draining",
  away: "Away",
  denied: "Not let in",
};

const NOTES = {
  connecting: "",
  ready: "The server takes connections and publications.",
  draining: "The server is stopping: every client hears why, and what was sent is processed.",
  away: "Nobody answers. This page comes back by itself.",
  denied: "The server is there, and does not let this page in.",
};

export class LifecyclePanel {
  #app;
  #word = h("strong", { id: "state-word" });
  #code = h("code", { id: "close-code" });
  #note = h("p", { id: "state-note", class: "soft" });
  #timer = h("p", { id: "state-timer", role: "timer", "aria-label": "Time in this state" });
  #retryLine = h("p", { id: "retry-line" });
  #retry;
  #progress = h("progress", { id: "drain-progress", "aria-label": "Connections closed" });
  #progressText = h("p", { id: "drain-text", class: "tabular" });
  #server = h("p", { id: "server-line", class: "soft tabular" });
  #list = h("ol", { id: "timeline", tabindex: "0", "aria-labelledby": "timeline-title" });
  element;

  constructor(app) {
    this.#app = app;
    const retry = button("Try now", { id: "retry-button", kind: "small" });
    retry.addEventListener("click", () => app.link.retryNow());
    this.#retry = h("div", { class: "retry" }, this.#retryLine, retry);
    this.element = h("section", { class: "card lifecycle", "aria-label": "Lifecycle" });
    this.element.append(this.#state(), this.#timeline());
    app.lifecycle.addEventListener("change", () => this.#render());
    app.lifecycle.addEventListener("entry", ({ detail }) => this.#add(detail));
    for (const entry of app.lifecycle.entries) this.#add(entry);
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    setInterval(() => this.#tick(), isCalm ? CALM_TICK_MS : TICK_MS);
    this.#render();
  }

  #state() {
    const status = h(
      "p",
      { id: "connection-state", role: "status" },
      h("span", { class: "dot", "aria-hidden": "true" }),
      this.#word,
      this.#code,
    );
    return h(
      "div",
      { class: "lifecycle-now" },
      h("div", { class: "state-head" }, status, this.#timer),
      this.#note,
      h("div", { class: "drain" }, this.#progress, this.#progressText),
      this.#retry,
      this.#server,
    );
  }

  #timeline() {
    const title = h("h2", { id: "timeline-title", class: "small-title" }, "What happened");
    return h("div", { class: "lifecycle-before" }, title, this.#list);
  }

  #render() {
    const { phase, close, drain, health } = this.#app.lifecycle;
    setText(this.#word, PHASE_WORDS[phase]);
    setText(this.#code, close === null ? "" : `${close.code} ${close.reason}`.trimEnd());
    setText(this.#note, (phase !== "ready" && close?.meaning) || NOTES[phase]);
    this.#retry.hidden = phase !== "away" || !this.#app.access.rights.connect;
    this.#progress.parentNode.hidden = drain === null;
    if (drain !== null) {
      setAttribute(this.#progress, "max", Math.max(1, drain.all));
      setAttribute(this.#progress, "value", drain.closed);
      setText(this.#progressText, `${drain.closed} of ${drain.all} connections closed`);
    }
    this.#server.hidden = health === null;
    this.#tick();
  }

  /** What changes with time alone; outside the status, or a reader would speak every tick. */
  #tick() {
    if (!this.element.isConnected) return;
    const { phase, sinceMs, health } = this.#app.lifecycle;
    const nowMs = performance.now();
    const span = nowMs - sinceMs;
    setText(this.#timer, phase === "ready" ? formatSeconds(span) : formatDuration(span));
    setText(this.#retryLine, formatRetry(this.#app.link.state, nowMs));
    if (health !== null) setText(this.#server, formatServer(health, nowMs));
  }

  #add({ date, tone, text }) {
    const time = h("time", { datetime: date.toISOString() }, formatClock(date));
    this.#list.append(h("li", { class: tone }, h("span", { class: "what" }, text), time));
    while (this.#list.childElementCount > 50) this.#list.firstElementChild.remove();
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}
