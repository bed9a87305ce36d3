/** One open channel: how it is read, what came, and what the page counts of it by itself. */

import { channelPath } from "./addresses.js";
import { readEvents } from "./event_feed.js";
import { MessageStore } from "./message_store.js";
import { rawItems, rawMember } from "./json_text.js";
import { Sequence } from "./sequence.js";

const PAGE = 200;

/**
 * `status` is `joining`, `live`, `away` or `refused`. Tells by `change` of everything but messages,
 * by `message` of each of those with what was dropped for it, by `older` of a page of history, and
 * by `presence` of who comes and goes.
 */
export class ChannelFeed extends EventTarget {
  #app;
  #stop = () => {};
  #isReading = false;
  /** Told of each message, with how many rows were dropped for it: an event would cost too much. */
  onMessage = () => {};
  channel;
  store = new MessageStore();
  sequence = new Sequence();
  status = "joining";
  /** Why it was refused. */
  problem = "";
  /** Read as events with the API key, not by the page's own connection. */
  isByKey = false;
  /** Whether there may be older ones than those that are here. */
  hasOlder = false;

  constructor(app, channel) {
    super();
    this.#app = app;
    this.channel = channel;
  }

  open() {
    const { rights } = this.#app.access;
    if (rights.connect) this.#stop = this.#app.link.subscribe(this.channel, (e) => this.#heard(e));
    else if (rights.key === "right") this.#readByKey();
    else this.#refused("The server lets nobody in without a token. Sign in with its API key.");
  }

  close() {
    this.#stop();
  }

  /** Reads the page of history before the oldest message that is here. */
  async loadOlder() {
    if (this.#isReading || !this.hasOlder || this.store.isFull) return;
    this.#isReading = true;
    try {
      const before = this.store.oldest?.offset ?? this.sequence.offset + 1;
      await this.#read(before);
    } catch {
      // The next scroll to the top asks again.
    } finally {
      this.#isReading = false;
    }
  }

  #readByKey() {
    this.isByKey = true;
    this.#stop = readEvents(this.#app.access, this.channel, (event) => this.#heard(event));
  }

  #heard(event) {
    switch (event.type) {
      case "publication":
        return this.#publication(event);
      case "subscribed":
        return this.#subscribed(event);
      case "refused":
        return this.#refusedBy(event.error);
      case "away":
        return this.#enter("away");
      case "unsubscribed":
        return this.#add("marker", `unsubscribed: ${event.code} ${event.reason}`);
      default:
        return this.dispatchEvent(new CustomEvent("presence", { detail: event }));
    }
  }

  #publication({ offset, raw, form }) {
    const missing = this.sequence.take(offset);
    if (missing > 0) this.#add("marker", `${missing} missing here`);
    const item = { offset, raw, form, atMs: Date.now(), isRepeat: missing < 0 };
    this.onMessage(this.store.add(item));
  }

  #add(form, raw) {
    this.onMessage(this.store.add({ offset: 0, raw, form, atMs: Date.now() }));
  }

  #subscribed({ isBack, recovered, epoch, offset, publications = [] }) {
    const { missing, repeated, isPlaced, epoch: before } = this.sequence;
    if (isBack && recovered !== true && epoch !== before) {
      this.#add("marker", "the log began anew: what was before is gone");
    }
    const lost = this.sequence.place(epoch, offset);
    if (lost > 0) this.#add("marker", `the place in the log was lost: ${lost} missing here`);
    this.#enter("live");
    if (isBack && isPlaced) {
      setTimeout(() => this.#tellRecovery({ missing, repeated, count: publications.length }));
      this.#add("marker", recovered ? "back, and recovered" : "back");
    } else if (epoch !== "") {
      this.hasOlder = offset > 0;
      void this.loadOlder();
    }
  }

  /** What came with the answer has been counted by now. */
  #tellRecovery({ missing, repeated, count }) {
    const lost = this.sequence.missing - missing;
    const again = this.sequence.repeated - repeated;
    const text = `${this.channel}: ${count} missed and recovered, ${lost} lost, ${again} repeated`;
    this.#app.lifecycle.note(lost + again === 0 ? "good" : "bad", text);
  }

  #refusedBy({ code, message }) {
    const isForRights = code === 103 || code === 102;
    if (isForRights && !this.isByKey && this.#app.access.rights.key === "right") {
      this.#stop();
      return this.#readByKey();
    }
    this.#refused(`The server says: ${message}.`);
  }

  #refused(problem) {
    this.problem = problem;
    this.#enter("refused");
  }

  #enter(status) {
    this.status = status;
    this.dispatchEvent(new Event("change"));
  }

  async #read(before) {
    const mayRead = this.#app.access.rights.channels;
    const page = mayRead ? await this.#pageByHttp(before) : await this.#pageByCommand(before);
    // What was published before a new epoch began is not of this log.
    const items = page.epoch === this.sequence.epoch ? page.items.reverse() : [];
    this.hasOlder = items.length > 0 && items[0].offset > 1 && items.length === PAGE;
    const rows = this.store.prepend(items);
    this.dispatchEvent(new CustomEvent("older", { detail: rows }));
    this.dispatchEvent(new Event("change"));
  }

  async #pageByHttp(before) {
    const query = `?reverse=true&since=${before}&limit=${PAGE}`;
    const text = await (await this.#app.access.fetch(`${channelPath(this.channel)}${query}`))
      .text();
    const { epoch, publications } = JSON.parse(text);
    const exact = rawItems(rawMember(text, ["publications"]));
    const items = publications.map(({ offset, time }, index) => ({
      ...{ offset, atMs: time, form: "publication", raw: exact[index] },
    }));
    return { epoch, items };
  }

  /** Who may not see every channel may still see this one's history; it tells no times. */
  async #pageByCommand(before) {
    const since = { offset: before, epoch: this.sequence.epoch };
    const wanted = { channel: this.channel, limit: PAGE, reverse: true, since };
    const { epoch, publications, exact } = await this.#app.link.command("history", wanted);
    const items = publications.map(({ offset }, index) => ({
      ...{ offset, atMs: 0, form: "publication", raw: exact[index] },
    }));
    return { epoch, items };
  }
}
