/** Every channel in use: found, sorted, and opened with one click. */

import { channelProblem, hashOf } from "./addresses.js";
import { DataTable, textCell } from "./data_table.js";
import { button, emptyState, h, icon, setAttribute, setText } from "./dom.js";
import { formatCount, formatNumber, formatRate } from "./format.js";
import { WatchedList } from "./watched_list.js";

const EVERY_MS = 1_000;
/** Seconds over which a rate is told. */
const RATE_MS = 5_000;

const COLUMNS = [
  { name: "channel", label: "Channel", value: ({ channel }) => channel },
  {
    ...{ name: "subscribers", label: "Subscribers", isNumber: true },
    value: ({ subscribers }) => subscribers,
  },
  { name: "rate", label: "Rate", value: ({ rate }) => rate, isNumber: true },
  { name: "offset", label: "Position", value: ({ offset }) => offset, isNumber: true },
  { name: "epoch", label: "Epoch", value: ({ epoch }) => epoch },
];

export class ChannelsView {
  title = "Channels";
  #app;
  #list;
  /** Positions of the last seconds by channel, to tell rates by. */
  #marks = new Map();
  #search = h("input", {
    ...{ type: "search", id: "channel-input", placeholder: "Search, or name any channel" },
    ...{ "aria-label": "Channel", "aria-describedby": "channel-error", autocomplete: "off" },
    ...{ autocapitalize: "none", spellcheck: "false", maxlength: "255" },
    on: { input: () => this.#searched() },
  });
  #open = button("Open", { kind: "primary", id: "open-button" });
  #problem = h("p", { id: "channel-error", class: "bad", role: "alert" });
  #summary = h("p", { id: "channels-summary", class: "soft tabular", role: "status" });
  #table;
  #box;
  #empty = h("div", { class: "card" });
  element;

  constructor(app) {
    this.#app = app;
    this.#open.type = "submit";
    this.#table = new DataTable({
      ...{ caption: "Channels in use", columns: COLUMNS, keyOf: ({ channel }) => channel },
      ...{ createRow, sort: { by: "channel", isDescending: false } },
    });
    this.#box = h("div", { class: "card table-box" }, this.#table.element);
    const field = h("span", { class: "field" }, icon("search"), this.#search);
    const form = h("form", { class: "toolbar search", role: "search" }, field, this.#open);
    form.addEventListener("submit", (event) => this.#submitted(event));
    const head = h("header", { class: "view-head" }, h("h1", {}, "Channels"), this.#summary);
    this.element = h("div", { class: "view" }, head, form, this.#problem, this.#box, this.#empty);
    this.#list = new WatchedList(app, {
      everyMs: EVERY_MS,
      mayLook: (rights) => rights.channels,
      load: () => this.#load(),
      deny: () => this.#renderDenied(),
    });
  }

  show() {
    this.#list.show();
  }

  hide() {
    this.#list.hide();
  }

  async #load() {
    const text = this.#search.value.trim();
    const pattern = `*${text.replace(/[^\x21-\x7e]/g, "?")}*`;
    try {
      const path = `/channels?pattern=${encodeURIComponent(pattern)}`;
      const { channels, total } = await this.#app.access.json(path);
      if (text === this.#search.value.trim()) this.#render(channels, total);
    } catch (error) {
      setText(this.#summary, `The list could not be read: ${error.message}`);
    }
  }

  #render(channels, total) {
    const nowMs = performance.now();
    const values = channels.map((info) => ({ ...info, rate: this.#rateOf(info, nowMs) }));
    const known = new Set(channels.map(({ channel }) => channel));
    for (const name of this.#marks.keys()) if (!known.has(name)) this.#marks.delete(name);
    this.#box.hidden = total === 0;
    this.#empty.hidden = total > 0;
    if (total === 0) this.#renderEmpty();
    this.#table.show(values);
    const of = channels.length < total ? `the first ${formatNumber(channels.length)} of ` : "";
    setText(this.#summary, total === 0 ? "" : `${of}${formatCount(total, "channel")} in use`);
  }

  /** Publications a second, from how far the channel's log has come in the last seconds. */
  #rateOf({ channel, offset, epoch }, atMs) {
    const marks = (this.#marks.get(channel) ?? []).filter((mark) => mark.epoch === epoch);
    marks.push({ atMs, offset, epoch });
    while (marks.length > 2 && atMs - marks[1].atMs >= RATE_MS) marks.shift();
    this.#marks.set(channel, marks);
    const [first] = marks;
    return atMs > first.atMs ? (offset - first.offset) / (atMs - first.atMs) * 1_000 : 0;
  }

  #renderEmpty() {
    const text = this.#search.value.trim();
    if (this.#empty.dataset.text === text) return;
    this.#empty.dataset.text = text;
    const lobby = h("a", { href: hashOf("channel", "lobby") }, "lobby");
    this.#empty.replaceChildren(
      text === ""
        ? emptyState("No channel is in use", ["Open ", lobby, " and publish something."], [
          "A channel is in use while anybody subscribes to it; its history stays when they go.",
        ])
        : emptyState(["No channel in use matches ", h("code", {}, text)], [
          "Press Enter to open it all the same: a channel begins with its first subscriber.",
        ]),
    );
  }

  #renderDenied() {
    this.#box.hidden = true;
    this.#empty.hidden = false;
    delete this.#empty.dataset.text;
    setText(this.#summary, "");
    this.#empty.replaceChildren(
      emptyState("The list is for operators", "Sign in with the server’s API key to see it.", [
        "Or name a channel above: what it allows is open to this page without a key, too.",
      ]),
    );
  }

  #searched() {
    setText(this.#problem, "");
    setAttribute(this.#search, "aria-invalid", null);
    this.show();
  }

  #submitted(event) {
    event.preventDefault();
    const name = this.#search.value.trim();
    const problem = channelProblem(name);
    setText(this.#problem, problem);
    setAttribute(this.#search, "aria-invalid", problem === "" ? null : "true");
    if (problem === "") location.hash = hashOf("channel", name);
    else this.#search.focus();
  }
}

function createRow({ channel }) {
  const name = h("a", { href: hashOf("channel", channel), class: "mono" }, channel);
  const [subscribers, rate, offset] = [textCell(), textCell(), textCell()];
  const epoch = textCell({ class: "mono soft" });
  return {
    cells: [name, subscribers.node, rate.node, offset.node, epoch.node],
    update: (value) => {
      subscribers.set(formatNumber(value.subscribers));
      rate.set(`${formatRate(value.rate)}/s`);
      offset.set(formatNumber(value.offset ?? 0));
      epoch.set(value.epoch ?? "");
    },
  };
}
