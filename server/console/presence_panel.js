/** Who is in a channel, and who came and went while it was looked at. */

import { h, setText } from "./dom.js";
import { formatClock, formatCount } from "./format.js";

const EVERY_MS = 2_000;
const MAX_SHOWN = 200;
const MAX_NEWS = 30;

export class PresencePanel {
  #app;
  #feed = null;
  #timer = 0;
  #present = new Map();
  #isFirst = true;
  #title = h("span", { class: "count tabular" });
  #note = h("p", { class: "soft" });
  #list = h("ul", { id: "presence-list", class: "people" });
  #news = h("ol", { id: "presence-news", class: "news", "aria-label": "Came and went" });
  element;

  constructor(app) {
    this.#app = app;
    const head = h("h2", { id: "presence-title" }, "Present ", this.#title);
    this.element = h(
      "section",
      { class: "card presence", "aria-labelledby": "presence-title" },
      ...[head, this.#note, this.#list, this.#news],
    );
  }

  show(feed) {
    this.hide();
    if (feed !== this.#feed) {
      this.#feed = feed;
      this.#present = new Map();
      this.#isFirst = true;
      this.#news.replaceChildren();
      feed.addEventListener("presence", ({ detail }) => this.#moved(feed, detail));
      // Who is there already is known before anybody comes.
      feed.addEventListener("change", () => this.#began(feed));
    }
    void this.#look();
  }

  hide() {
    clearTimeout(this.#timer);
  }

  #began(feed) {
    const isWanted = feed === this.#feed && feed.status === "live" && this.#isFirst;
    if (isWanted && this.element.isConnected) void this.#look();
  }

  async #look() {
    const feed = this.#feed;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), EVERY_MS);
    if (feed.status !== "live" || document.hidden) return this.#render();
    try {
      const { presence } = await this.#ask(feed);
      if (feed === this.#feed) this.#compare(presence);
    } catch (error) {
      if (error.code) setText(this.#note, `Not to be seen here: ${error.message}.`);
    }
  }

  #ask({ channel, isByKey }) {
    const { access, link } = this.#app;
    return isByKey ? access.call("presence", { channel }) : link.command("presence", { channel });
  }

  #compare(presence) {
    for (const [id, info] of Object.entries(presence)) {
      if (!this.#present.has(id)) this.#came(id, info, !this.#isFirst);
    }
    for (const id of [...this.#present.keys()]) if (!presence[id]) this.#left(id);
    this.#isFirst = false;
    setText(this.#note, "");
    this.#render();
  }

  #moved(feed, { type, info }) {
    if (feed !== this.#feed) return;
    const isOther = info.client !== this.#app.link.client;
    if (type === "join" && !this.#present.has(info.client)) this.#came(info.client, info, isOther);
    if (type === "leave") this.#left(info.client);
    this.#render();
  }

  #came(id, info, isNews) {
    this.#present.set(id, info);
    if (isNews) this.#tell("joined", id, info);
  }

  #left(id) {
    const info = this.#present.get(id);
    if (info !== undefined) this.#tell("left", id, info);
    this.#present.delete(id);
  }

  #tell(what, id, info) {
    const time = h("time", {}, formatClock(new Date()).slice(0, 8));
    this.#news.prepend(h("li", { class: what }, `${nameOf(id, info)} ${what}`, time));
    while (this.#news.childElementCount > MAX_NEWS) this.#news.lastElementChild.remove();
  }

  #render() {
    setText(this.#title, this.#present.size === 0 ? "" : String(this.#present.size));
    const shown = [...this.#present].slice(0, MAX_SHOWN);
    this.#list.replaceChildren(...shown.map(([id, info]) => {
      const isSelf = id === this.#app.link.client;
      const badge = isSelf ? h("span", { class: "badge" }, "this page") : null;
      return h(
        "li",
        {},
        h("span", { class: "who" }, info.user || "anonymous"),
        badge,
        h("code", {
          title: id,
        }, id.slice(0, 8)),
      );
    }));
    const more = this.#present.size - shown.length;
    if (more > 0) setText(this.#note, `and ${formatCount(more, "other")}`);
    else if (this.#present.size === 0 && !this.#isFirst) {
      setText(
        this.#note,
        "Nobody over the Centrifuge protocol; plain sockets and streams are not told.",
      );
    }
  }
}

function nameOf(id, { user }) {
  return user ? `${user} (${id.slice(0, 8)})` : id.slice(0, 8);
}
