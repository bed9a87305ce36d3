/** One message in full, with what is known of it. */

import { h, iconButton, setText } from "./dom.js";
import { formatBytes, formatClock } from "./format.js";
import { describe } from "./payload.js";
import { copyButton } from "./snippets.js";

export class MessageDetail {
  #facts = h("dl", { class: "facts" });
  #text = h("pre", { class: "payload", tabindex: "0", "aria-label": "Payload" });
  #item = null;
  element;

  /** `announce` says something to screen readers, `onClose` is called by the button. */
  constructor(announce, onClose) {
    const close = iconButton("Close", "close", { class: "button icon-only quiet" });
    close.addEventListener("click", onClose);
    const copy = copyButton("Copy the payload", () => this.#text, announce);
    this.element = h(
      "section",
      { class: "detail", id: "message-detail", hidden: true, "aria-label": "Selected message" },
      h("div", { class: "detail-head" }, this.#facts, copy, close),
      this.#text,
    );
  }

  show(item, epoch) {
    this.element.hidden = item === null;
    if (item === null || item === this.#item) return;
    this.#item = item;
    const { kind, text, note, size, info, tags } = describe(item);
    const rows = [
      ["Offset", item.offset ? String(item.offset) : "none"],
      ["Epoch", epoch || "none"],
      [item.form === "publication" ? "Published" : "Received", timeOf(item)],
      ["Kind", [kind, note].filter(Boolean).join(", ")],
      ["Size", formatBytes(size)],
      ...(info ? [["Publisher", [info.user || "anonymous", info.client].join(" · ")]] : []),
      ...(tags ? [["Tags", JSON.stringify(tags)]] : []),
    ];
    this.#facts.replaceChildren(
      ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    );
    setText(this.#text, text);
    this.#text.scrollTop = 0;
  }
}

function timeOf({ atMs }) {
  return atMs ? formatClock(new Date(atMs)) : "earlier";
}
