/** The overview: the lifecycle as it happens, and the server's numbers. */

import { hashOf } from "./addresses.js";
import { Chart } from "./chart.js";
import { emptyState, h, setText } from "./dom.js";
import { formatBytes, formatCount, formatMs, formatNumber, formatRate } from "./format.js";
import { LifecyclePanel } from "./lifecycle_panel.js";
import { POINTS } from "./server_watch.js";
import { Snippets } from "./snippets.js";

const DEFAULT_CHANNEL = "lobby";

/** What is drawn: a label, the series, its format, and the line below it. */
const STATS = [
  ["Connections", "connections", count, ({ users }) => formatCount(users, "user")],
  ["Channels in use", "channels", count, ({ subscriptions }) => {
    return formatCount(subscriptions, "subscription");
  }],
  ["Publications", "publications", rate, ({ publications }) => {
    return `${formatNumber(publications)} since the start`;
  }],
  ["Deliveries", "deliveries", rate, ({ deliveries }) => {
    return `${formatNumber(deliveries)} since the start`;
  }],
  ["History", "historyBytes", bytes, ({ historyChannels }) => {
    return `of ${formatCount(historyChannels, "channel")}`;
  }],
  ["Event-loop lag", "lagMs", (ms) => [formatMs(ms), "ms"], (_reading, rates) => {
    const worst = rates?.worstLagMs ?? 0;
    return worst === Infinity ? "worst over 5 s" : worst > 0 ? `worst below ${worst} ms` : " ";
  }],
];

function count(value) {
  return [formatNumber(value), ""];
}

function rate(value) {
  return [formatRate(value), "/s"];
}

function bytes(value) {
  const [number, unit] = formatBytes(value).split(" ");
  return [number, unit];
}

export class OverviewView {
  title = "Overview";
  #app;
  #charts = STATS.map(([label, , format]) => new Chart({ label, points: POINTS, format }));
  #stats;
  #signIn;
  #footnote = h("p", { class: "footnote" });
  #snippets;
  element;

  constructor(app) {
    this.#app = app;
    this.#snippets = new Snippets(app.announce);
    const panel = new LifecyclePanel(app);
    this.#stats = h("div", { class: "stats" }, ...this.#charts.map(({ element }) => element));
    this.#signIn = emptyState(
      "The numbers are for operators",
      ["Sign in with the server’s API key to see connections, rates, history and lag."],
      ["Without one, the state of the server above and the channels you may read still work."],
    );
    this.element = h(
      "div",
      { class: "view overview" },
      panel.element,
      h("h2", { class: "hidden" }, "Numbers"),
      this.#stats,
      h("div", { class: "card", id: "numbers-empty" }, this.#signIn),
      this.#footnote,
      this.#tryIt(),
    );
    app.watch.addEventListener("numbers", () => this.#render());
    app.access.addEventListener("change", () => this.show());
    app.lifecycle.addEventListener("change", () => this.#render());
  }

  show() {
    const { api, key } = this.#app.access.rights;
    this.#stats.hidden = !api;
    this.#signIn.parentNode.hidden = api || !this.#app.access.isKnown;
    this.#snippets.show(DEFAULT_CHANNEL, key !== "unset" && !this.#app.access.rights.connect);
    this.#render();
  }

  #render() {
    const { reading, rates, series } = this.#app.watch;
    if (reading === null || !this.element.isConnected) return;
    STATS.forEach(([, name, , note], index) => {
      this.#charts[index].show(series[name], note(reading, rates));
    });
    const { memoryBytes, queuedBytes } = reading;
    const waiting = queuedBytes === 0 ? "nothing waits" : `${formatBytes(queuedBytes)} wait`;
    const isOld = this.#app.lifecycle.phase === "away";
    const since = isOld ? " · as they were when the server was last heard" : "";
    setText(
      this.#footnote,
      `Memory ${formatBytes(memoryBytes)} · ${waiting} to be stored or sent${since}`,
    );
  }

  #tryIt() {
    const open = h("a", { class: "button primary", href: hashOf("channel", DEFAULT_CHANNEL) });
    open.append("Open ", h("code", {}, DEFAULT_CHANNEL));
    return h(
      "section",
      { class: "card try", "aria-labelledby": "try-title" },
      h(
        "div",
        { class: "card-head" },
        h("h2", { id: "try-title" }, "Try it"),
        open,
      ),
      h(
        "p",
        { class: "soft" },
        "Open a channel here, publish from anywhere, then press ",
        h("kbd", {}, "Ctrl-C"),
        " in the server’s terminal, start it again, and watch this page lose nothing.",
      ),
      this.#snippets.element,
    );
  }
}
