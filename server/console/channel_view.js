/** One channel: its messages, what is counted of them, who is there, and publishing. */

import { hashOf } from "./addresses.js";
import { ChannelFeed } from "./channel_feed.js";
import { h, setText } from "./dom.js";
import { formatNumber, formatRate } from "./format.js";
import { MessagePanel } from "./message_panel.js";
import { PresencePanel } from "./presence_panel.js";
import { PublishBox } from "./publish_box.js";
import { Snippets } from "./snippets.js";

const EVERY_MS = 500;

const FACTS = [
  ["rate", "Rate"],
  ["offset", "Offset"],
  ["epoch", "Epoch"],
  ["missing", "Gaps"],
  ["repeated", "Repeats"],
];

const STATUS_WORDS = { joining: "joining", live: "live", away: "away", refused: "not allowed" };

export class ChannelView {
  #app;
  #feed = null;
  #timer = 0;
  #before = { received: 0, atMs: 0 };
  #name = h("h1", { class: "mono channel-name" });
  #status = h("span", { id: "channel-status", class: "badge" });
  #facts = new Map();
  #messages;
  #publish;
  #presence;
  #snippets;
  element;

  constructor(app) {
    this.#app = app;
    this.#messages = new MessagePanel(app.announce);
    this.#publish = new PublishBox(app);
    this.#presence = new PresencePanel(app);
    this.#snippets = new Snippets(app.announce);
    const try_ = h("section", { class: "card", "aria-labelledby": "channel-try" });
    try_.append(h("h2", { id: "channel-try" }, "From elsewhere"), this.#snippets.element);
    this.element = h(
      "div",
      { class: "view channel-view" },
      this.#head(),
      h("div", { class: "channel-main" }, this.#messages.element, this.#publish.element),
      h("div", { class: "channel-side" }, this.#presence.element, try_),
    );
    app.lifecycle.addEventListener("change", () => this.#publish.refresh());
    app.access.addEventListener("change", () => this.#reopen());
  }

  get title() {
    return this.#feed?.channel ?? "Channel";
  }

  show({ channel }) {
    const isNew = this.#feed?.channel !== channel;
    if (isNew) this.#prepare(channel);
    setText(this.#name, channel);
    this.#messages.show(this.#feed);
    this.#publish.show(channel);
    this.#presence.show(this.#feed);
    const { rights } = this.#app.access;
    this.#snippets.show(channel, rights.key !== "unset" && !rights.connect);
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#render(), EVERY_MS);
    if (isNew) this.#feed.open();
    this.#render();
  }

  /** It stays subscribed, so that nothing is missed on a look elsewhere. */
  hide() {
    clearInterval(this.#timer);
    this.#presence.hide();
  }

  /** A key was given or taken away: what was refused may be allowed, and the other way round. */
  #reopen() {
    if (this.#feed === null || this.#feed.status === "live") return;
    const { channel } = this.#feed;
    this.#feed.close();
    this.#feed = null;
    if (this.element.isConnected) this.show({ channel });
  }

  #prepare(channel) {
    this.#feed?.close();
    this.#feed = new ChannelFeed(this.#app, channel);
    this.#before = { received: 0, atMs: performance.now() };
    this.#feed.addEventListener("change", () => this.#render());
  }

  #head() {
    const back = h("a", { href: hashOf("channels"), class: "back" }, "Channels");
    const facts = FACTS.map(([name, label]) => {
      const value = h("dd", { id: `fact-${name}`, class: "tabular" });
      this.#facts.set(name, value);
      return h("div", {}, h("dt", {}, label), value);
    });
    const title = h("div", { class: "channel-title" }, this.#name, this.#status);
    return h(
      "header",
      { class: "channel-head" },
      h("nav", { "aria-label": "Breadcrumb", class: "crumbs" }, back),
      title,
      h("dl", { class: "facts" }, ...facts),
    );
  }

  #render() {
    if (this.#feed === null || !this.element.isConnected) return;
    const { sequence, status } = this.#feed;
    setText(this.#status, STATUS_WORDS[status]);
    this.#status.className = `badge ${status}`;
    setText(this.#facts.get("offset"), formatNumber(sequence.offset));
    setText(this.#facts.get("epoch"), sequence.epoch || "none");
    for (const name of ["missing", "repeated"]) {
      const value = this.#facts.get(name);
      setText(value, formatNumber(sequence[name]));
      value.className = `tabular ${sequence[name] > 0 ? "bad" : "good"}`;
    }
    const nowMs = performance.now();
    const { received, atMs } = this.#before;
    if (nowMs - atMs >= EVERY_MS * 2) {
      const rate = (sequence.received - received) / (nowMs - atMs) * 1_000;
      setText(this.#facts.get("rate"), `${formatRate(rate)}/s`);
      this.#before = { received: sequence.received, atMs: nowMs };
    } else if (this.#facts.get("rate").textContent === "") setText(this.#facts.get("rate"), "0/s");
    this.#messages.refresh();
  }
}
