/** Asks the server how it is, once a second, and keeps two minutes of its numbers. */

import { parseMetrics, ratesBetween, readingOf } from "./metrics.js";

const EVERY_MS = 1_000;
/** For a tab that nobody looks at. */
const HIDDEN_EVERY_MS = 5_000;
/** While the server stops: a stop is often over in less than a second. */
const STOPPING_EVERY_MS = 60;
const TIMEOUT_MS = 3_000;
/** What is told as a total, and shown as what happened in between. */
const RATES = ["publications", "deliveries", "lagMs"];
/** Points of each series: two minutes. */
export const POINTS = 120;

/**
 * Feeds a Lifecycle with `/healthz`, and tells by `numbers` of each reading of `/metrics`. While the
 * page's own connection is away nobody is asked: its attempts show when the server is back.
 */
export class ServerWatch extends EventTarget {
  #access;
  #lifecycle;
  #link;
  #timer = 0;
  #last = null;
  /** The newest reading; null before there is one. */
  reading = null;
  /** Numbers by their names, oldest first, null where there is none. */
  series = Object.fromEntries(
    ["connections", "channels", "publications", "deliveries", "historyBytes", "lagMs"]
      .map((name) => [name, []]),
  );
  rates = null;

  constructor(access, lifecycle, link) {
    super();
    this.#access = access;
    this.#lifecycle = lifecycle;
    this.#link = link;
    document.addEventListener("visibilitychange", () => this.start());
  }

  /** Asks now, and from now on. */
  start() {
    clearTimeout(this.#timer);
    void this.#look();
  }

  async #look() {
    const { phase } = this.#lifecycle;
    const hasLink = this.#access.rights.connect;
    const isWaiting = hasLink && (phase === "away" || phase === "connecting");
    if (!isWaiting) {
      const health = await this.#health();
      this.#lifecycle.told(health);
      if (!hasLink) this.#followWithoutLink(health);
      if (health !== null && this.#access.rights.api) await this.#read();
    } else if (this.#lifecycle.health !== null) this.#lifecycle.told(await this.#health());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), this.#pauseMs());
  }

  #pauseMs() {
    const { phase, health } = this.#lifecycle;
    if (phase === "draining" || (phase === "away" && health !== null)) return STOPPING_EVERY_MS;
    return document.hidden ? HIDDEN_EVERY_MS : EVERY_MS;
  }

  #followWithoutLink(health) {
    if (this.#link.isOpen) return;
    if (health !== null) this.#lifecycle.watching();
    else this.#lifecycle.unreachable();
  }

  async #health() {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const health = await (await this.#access.fetch("/healthz", { signal })).json();
      return { ...health, atMs: performance.now() };
    } catch {
      return null;
    }
  }

  /** Numbers are for each second, also while it is looked at more often than that. */
  async #read() {
    if (this.#last !== null && performance.now() - this.#last.atMs < EVERY_MS * 0.9) return;
    try {
      const text = await (await this.#access.fetch("/metrics")).text();
      this.#add(readingOf(parseMetrics(text), performance.now()));
    } catch (error) {
      // The key may have been changed meanwhile.
      if (error.status === 401) await this.#access.refresh().catch(() => {});
    }
  }

  #add(reading) {
    this.rates = ratesBetween(this.#last, reading);
    this.#last = this.reading = reading;
    for (const [name, points] of Object.entries(this.series)) {
      points.push(RATES.includes(name) ? this.rates?.[name] ?? null : reading[name]);
      if (points.length > POINTS) points.shift();
    }
    this.dispatchEvent(new Event("numbers"));
  }
}
