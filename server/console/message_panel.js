/** The messages of a channel: a list that stays quick whatever its length, and one in detail. */

import { button, emptyState, h, setAttribute, setText } from "./dom.js";
import { formatClock, formatCount, formatNumber } from "./format.js";
import { MessageDetail } from "./message_detail.js";
import { preview } from "./payload.js";
import { VirtualList } from "./virtual_list.js";

const ROW_PX = 30;

export class MessagePanel {
  #feed = null;
  #list;
  /** The number of the newest message that is shown while paused; null when it goes on. */
  #pausedAt = null;
  #selected = null;
  #filterText = "";
  #detail;
  #viewport = h("div", {
    ...{ class: "rows", id: "messages", role: "listbox", tabindex: "0", "aria-label": "Messages" },
    on: { keydown: (event) => this.#key(event), click: (event) => this.#click(event) },
  });
  #sizer = h("div", { class: "rows-sizer", role: "presentation" });
  #filter = h("input", {
    ...{ type: "search", id: "filter-input", placeholder: "Filter, or #offset" },
    ...{ "aria-label": "Filter messages", autocomplete: "off", spellcheck: "false" },
    on: { input: () => this.#filterBy(this.#filter.value) },
  });
  #pause = button("Pause", { icon: "pause", id: "pause-button", "aria-pressed": "false" });
  #clear = button("Clear", { kind: "quiet", id: "clear-button" });
  #jump = button("Newest", { icon: "down", kind: "jump", id: "jump-button" });
  #count = h("p", { id: "message-count", class: "soft tabular" });
  #empty = h("div", { class: "rows-empty" });
  element;

  constructor(announce) {
    this.#detail = new MessageDetail(announce, () => this.#select(null));
    this.#viewport.append(this.#sizer);
    this.#pause.addEventListener("click", () => this.#togglePause());
    this.#clear.addEventListener("click", () => this.#clearAll());
    this.#jump.addEventListener("click", () => this.#followEnd());
    const bar = h("div", { class: "toolbar" }, this.#filter, this.#pause, this.#clear);
    const body = h("div", { class: "rows-box" }, this.#viewport, this.#empty, this.#jump);
    const title = h("h2", { class: "hidden" }, "Messages");
    this.element = h("section", { class: "card messages" }, title, bar, body);
    this.element.append(this.#detail.element, h("div", { class: "rows-foot" }, this.#count));
    this.#list = new VirtualList({
      ...{ viewport: this.#viewport, sizer: this.#sizer, rowHeight: ROW_PX },
      source: {
        count: () => this.#shown,
        createRow: () => this.#createRow(),
        fillRow: (row, index) => this.#fillRow(row, index),
        onTop: () => void this.#feed?.loadOlder(),
        onScroll: () => this.#renderJump(),
      },
    });
  }

  /** Shows another channel's messages. */
  show(feed) {
    if (this.#feed === feed) return this.refresh();
    if (this.#feed !== null) this.#feed.onMessage = () => {};
    this.#feed = feed;
    feed.onMessage = (dropped) => this.#came(dropped);
    feed.addEventListener("older", ({ detail }) => this.#list.shifted(-detail));
    this.#pausedAt = null;
    this.#filter.value = this.#filterText = "";
    feed.store.filter("");
    this.#select(null);
    this.#renderPause();
    this.#followEnd();
    this.refresh();
  }

  /** Draws what is told with words; once in a while is enough. */
  refresh() {
    const { store, sequence } = this.#feed;
    const isEmpty = this.#shown === 0;
    this.#clear.disabled = store.total === 0;
    if (this.#empty.hidden === isEmpty) this.#empty.hidden = !isEmpty;
    if (isEmpty) this.#renderEmpty();
    const parts = [formatCount(store.total, "row")];
    if (this.#filterText !== "") parts.unshift(`${formatNumber(store.size)} match of`);
    const more = [`${formatNumber(sequence.received)} received here`];
    if (store.dropped > 0) more.push(`${formatNumber(store.dropped)} oldest dropped`);
    if (this.#pausedAt !== null) {
      more.push(`paused, ${formatNumber(store.newest - this.#pausedAt)} new`);
    }
    setText(this.#count, [parts.join(" "), ...more].join(" · "));
    this.#list.update();
  }

  get #shown() {
    if (this.#feed === null) return 0;
    const { store } = this.#feed;
    return this.#pausedAt === null ? store.size : store.countUntil(this.#pausedAt);
  }

  #came(dropped) {
    if (dropped > 0 && !this.#list.isFollowing) this.#list.shifted(dropped);
    else this.#list.update();
    this.#renderJump();
  }

  #createRow() {
    const parts = ["offset", "time", "kind", "line"].map((name) => h("span", { class: name }));
    return h("div", { class: "row", role: "option", "aria-selected": "false" }, ...parts);
  }

  #fillRow(row, index) {
    const item = this.#feed.store.at(index);
    setAttribute(row, "aria-selected", item.seq === this.#selected ? "true" : "false");
    setAttribute(row, "aria-posinset", index + 1);
    setAttribute(row, "aria-setsize", this.#shown);
    if (row.item === item) return;
    row.item = item;
    row.id = `row-${item.seq}`;
    const [offset, time, kind, line] = row.children;
    const isMarker = item.form === "marker";
    const shown = isMarker ? { kind: "marker", text: item.raw } : preview(item);
    row.className = `row ${shown.kind}${item.isRepeat ? " repeat" : ""}`;
    setText(offset, item.offset ? `#${item.offset}` : "");
    setText(time, item.atMs ? formatClock(new Date(item.atMs)) : "earlier");
    setText(kind, isMarker ? "" : shown.kind);
    setText(line, shown.text === "" ? "empty" : shown.text);
  }

  #click({ target }) {
    const { item } = target.closest(".row") ?? {};
    if (item && item.form !== "marker") this.#select(item.seq === this.#selected ? null : item.seq);
  }

  #select(seq) {
    this.#selected = seq;
    setAttribute(this.#viewport, "aria-activedescendant", seq === null ? null : `row-${seq}`);
    const item = seq === null ? null : this.#feed.store.bySeq(seq);
    this.#detail.show(item ?? null, this.#feed?.sequence.epoch);
    this.#list?.update();
  }

  #key(event) {
    const last = this.#shown - 1;
    const at = this.#selected === null ? last + 1 : this.#feed.store.indexOf(this.#selected);
    const to = {
      ...{ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last },
      ...{ PageDown: at + this.#list.pageSize, PageUp: at - this.#list.pageSize },
    }[event.key];
    if (event.key === "Escape") this.#select(null);
    if (to === undefined || last < 0) return;
    event.preventDefault();
    const index = Math.min(last, Math.max(0, to));
    this.#list.reveal(index);
    this.#select(this.#feed.store.at(index).seq);
  }

  #filterBy(text) {
    this.#filterText = text.trim();
    this.#feed.store.filter(this.#filterText);
    this.#list.followEnd();
    this.refresh();
  }

  #togglePause() {
    this.#pausedAt = this.#pausedAt === null ? this.#feed.store.newest : null;
    this.#renderPause();
    if (this.#pausedAt === null) this.#followEnd();
    this.refresh();
  }

  #renderPause() {
    const isPaused = this.#pausedAt !== null;
    setAttribute(this.#pause, "aria-pressed", String(isPaused));
    setText(this.#pause.lastChild, isPaused ? "Paused" : "Pause");
  }

  #clearAll() {
    this.#feed.store.clear();
    this.#feed.hasOlder = this.#feed.sequence.offset > 0;
    this.#select(null);
    this.refresh();
  }

  #followEnd() {
    this.#list.followEnd();
    this.#renderJump();
  }

  #renderJump() {
    this.#jump.hidden = this.#list.isFollowing || this.#shown === 0;
  }

  #renderEmpty() {
    const { channel, status, problem, store } = this.#feed;
    const key = [channel, status, problem, this.#filterText, store.total > 0].join("\n");
    if (this.#empty.dataset.key === key) return;
    this.#empty.dataset.key = key;
    this.#empty.replaceChildren(emptyFor(this.#feed, this.#filterText));
  }
}

function emptyFor({ channel, status, problem, store }, filter) {
  const name = h("code", {}, channel);
  if (status === "refused") {
    return emptyState(["This page may not read ", name], problem, "Another channel may be open.");
  }
  if (filter !== "" && store.total > 0) {
    return emptyState("Nothing matches", "Filter by a part of a payload, or by #offset.");
  }
  return emptyState(
    ["Nothing on ", name, " yet"],
    "Publish something below.",
    ["Run the ", h("code", {}, "curl"), " line, or open this page in a second tab."],
  );
}
