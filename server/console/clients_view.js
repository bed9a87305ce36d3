/** Every connection: who it is, how it came, since when, what waits for it; and a way to end it. */

import { hashOf } from "./addresses.js";
import { DataTable, textCell } from "./data_table.js";
import { button, emptyState, h, icon, setText } from "./dom.js";
import { formatBytes, formatCount, formatNumber, formatProtocol, formatSeconds } from "./format.js";
import { WatchedList } from "./watched_list.js";

const EVERY_MS = 2_000;
const PAGE = 200;
const MAX_LOADED = 1_000;

const COLUMNS = [
  { name: "user", label: "Client", value: ({ user, client, id }) => user || client || id },
  { name: "protocol", label: "Protocol", value: ({ protocol }) => protocol },
  { name: "since", label: "Connected for", value: (each) => -each.opened_at, isNumber: true },
  { name: "queue", label: "Queue", value: (each) => each.queued_bytes, isNumber: true },
  { name: "channels", label: "Channels", value: (each) => each.num_channels },
  { name: "actions", label: "Actions" },
];

export class ClientsView {
  title = "Clients";
  #app;
  #list;
  #limit = PAGE;
  #loaded = { connections: [], total: 0 };
  #search = h("input", {
    ...{ type: "search", id: "client-input", placeholder: "Search user, id, protocol, channel" },
    ...{ "aria-label": "Search clients", autocomplete: "off", spellcheck: "false" },
    on: { input: () => this.#render() },
  });
  #summary = h("p", { id: "clients-summary", class: "soft tabular", role: "status" });
  #more = button("Load more", { id: "more-button" });
  #table;
  #box;
  #empty = h("div", { class: "card" });
  element;

  constructor(app) {
    this.#app = app;
    this.#table = new DataTable({
      ...{ caption: "Connected clients", columns: COLUMNS, keyOf: ({ id }) => id },
      createRow: (value) => this.#createRow(value),
      sort: { by: "since", isDescending: true },
    });
    this.#more.addEventListener("click", () => this.#loadMore());
    this.#box = h("div", { class: "card table-box clients" }, this.#table.element);
    const field = h("span", { class: "field" }, icon("search"), this.#search);
    const head = h("header", { class: "view-head" }, h("h1", {}, "Clients"), this.#summary);
    const bar = h("div", { class: "toolbar search" }, field);
    this.element = h("div", { class: "view" }, head, bar, this.#box, this.#more, this.#empty);
    this.#list = new WatchedList(app, {
      everyMs: EVERY_MS,
      mayLook: (rights) => rights.api,
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
    try {
      this.#loaded = await this.#app.access.call("connections", { limit: this.#limit });
      this.#render();
    } catch (error) {
      setText(this.#summary, `The list could not be read: ${error.message}`);
    }
  }

  #loadMore() {
    this.#limit = Math.min(MAX_LOADED, this.#limit + PAGE);
    this.show();
  }

  #render() {
    const { connections, total } = this.#loaded;
    const text = this.#search.value.trim().toLowerCase();
    const shown = connections.filter((each) => isMatch(each, text));
    this.#box.hidden = shown.length === 0;
    this.#empty.hidden = shown.length > 0;
    if (shown.length === 0) this.#renderEmpty(text);
    this.#table.show(shown);
    this.#more.hidden = connections.length >= Math.min(total, MAX_LOADED);
    const of = shown.length < total ? `${formatNumber(shown.length)} of ` : "";
    setText(this.#summary, `${of}${formatCount(total, "connection")}`);
  }

  #renderEmpty(text) {
    this.#empty.replaceChildren(
      text === ""
        ? emptyState("Nobody is connected", "Open a channel, or run one of the lines there.")
        : emptyState("Nobody matches", "Only the clients that are loaded are searched."),
    );
  }

  #renderDenied() {
    this.#box.hidden = true;
    this.#more.hidden = true;
    this.#empty.hidden = false;
    setText(this.#summary, "");
    const title = "Clients are for operators";
    const hint = this.#app.access.rights.key === "unset"
      ? "Set an API key (MIDGARD_API_KEY) and sign in with it, or look from the server’s machine."
      : "Sign in with the server’s API key to see who is connected and to disconnect one.";
    this.#empty.replaceChildren(emptyState(title, hint));
  }

  #createRow({ id, user, client, channels, num_channels: count, protocol }) {
    const self = h("span", { class: "badge" }, "this page");
    const who = h("span", { class: "client-name" }, h("span", {}, user || "anonymous"), self);
    const name = h("div", {}, who, h("code", { class: "soft id" }, client || id));
    const [since, queue] = [textCell(), textCell()];
    const list = h("span", { class: "chips" });
    const end = button("Disconnect", { kind: "small danger" });
    end.setAttribute("aria-label", `Disconnect ${user || client || id}`);
    end.addEventListener("click", () => this.#disconnect({ id, user, client }));
    fillChannels(list, channels, count);
    let before = channels.join(" ");
    return {
      cells: [name, h("span", {}, formatProtocol(protocol)), since.node, queue.node, list, end],
      update: (value) => {
        self.hidden = client === "" || client !== this.#app.link.client;
        since.set(formatSeconds(Date.now() - value.opened_at));
        queue.set(formatBytes(value.queued_bytes));
        if (value.channels.join(" ") === before) return;
        before = value.channels.join(" ");
        fillChannels(list, value.channels, value.num_channels);
      },
    };
  }

  async #disconnect({ id, user, client }) {
    const isSure = await this.#app.confirm({
      title: "Disconnect this client?",
      text:
        `${user || "An anonymous client"} (${client || id}) is closed with “force disconnect”. ` +
        "SDKs do not come back by themselves after that; readers of event streams do.",
      action: "Disconnect",
    });
    if (!isSure) return;
    try {
      const { closed } = await this.#app.access.call("connection_close", { id });
      this.#app.announce(closed ? "Disconnected" : "It had gone already");
    } catch (error) {
      setText(this.#summary, `Not disconnected: ${error.message}`);
    }
    this.show();
  }
}

function isMatch({ id, user, client, protocol, channels }, text) {
  const fields = [id, user || "anonymous", client, protocol, formatProtocol(protocol), ...channels];
  return fields.some((field) => field.toLowerCase().includes(text));
}

function fillChannels(list, channels, count) {
  const links = channels.slice(0, 3).map((channel) =>
    h("a", { class: "chip mono", href: hashOf("channel", channel) }, channel)
  );
  const more = count - links.length;
  list.replaceChildren(...links, more > 0 ? h("span", { class: "soft" }, `+${more}`) : "");
}
