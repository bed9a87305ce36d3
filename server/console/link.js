/**
 * The page's one connection: the Centrifuge protocol as JSON over a WebSocket. It comes back by
 * itself, takes its subscriptions with it, and recovers what they missed.
 */

import { Connection } from "./connection.js";
import { socketUrl } from "./addresses.js";
import { rawItems, rawMember } from "./json_text.js";

const REPLY_TIMEOUT_MS = 5_000;
const PATH = "/connection/websocket";

/** An error that a command was answered with. */
export class CommandError extends Error {
  constructor({ code, message }) {
    super(message);
    this.name = "CommandError";
    this.code = code;
  }
}

/**
 * Tells by `onEvent` of `state`, `opened` (with `awayMs`, null for the first time), `closed` and
 * `failed`. It is open once the server has let it in.
 */
export class Link {
  #onEvent;
  #connection = new Connection((event) => this.#heard(event));
  #subscriptions = new Map();
  #replies = new Map();
  #nextId = 1;
  #awaySince = null;
  #isOpen = false;
  /** Its id in the protocol. */
  client = "";

  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  get state() {
    return this.#connection.state;
  }

  get isOpen() {
    return this.#isOpen;
  }

  open() {
    this.#connection.open(socketUrl(location, PATH));
  }

  close() {
    this.#connection.close();
    this.#isOpen = false;
  }

  retryNow() {
    this.#connection.retryNow();
  }

  /**
   * Subscribes for as long as the page wants: `handler` is told of `subscribed`, `publication`,
   * `join`, `leave`, `refused` and `unsubscribed`. Gives what ends it.
   */
  subscribe(channel, handler) {
    const subscription = { channel, handler, position: null };
    this.#subscriptions.set(channel, subscription);
    if (this.#isOpen) this.#join(subscription);
    return () => {
      if (this.#subscriptions.get(channel) !== subscription) return;
      this.#subscriptions.delete(channel);
      if (this.#isOpen) this.command("unsubscribe", { channel }).catch(() => {});
    };
  }

  /** Sends a command; gives its result. @throws {CommandError} or of another kind when cut short */
  command(method, params) {
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers();
    const isSent = this.#connection.send(JSON.stringify({ id, [method]: params }));
    if (!isSent) return Promise.reject(new Error("Not connected"));
    const timer = setTimeout(() => this.#settle(id, new Error("No answer")), REPLY_TIMEOUT_MS);
    this.#replies.set(id, { method, resolve, reject, timer });
    return promise;
  }

  #heard(event) {
    if (event.type === "message") return this.#received(event.data);
    if (event.type === "opened") return void this.#connect();
    if (event.type === "closed") this.#lost();
    this.#onEvent(event);
  }

  async #connect() {
    try {
      const { client } = await this.command("connect", { name: "midgard console" });
      this.client = client;
    } catch {
      // The Close that follows says why, and the connection comes back.
      return;
    }
    this.#isOpen = true;
    const awayMs = this.#awaySince === null ? null : performance.now() - this.#awaySince;
    this.#awaySince = null;
    this.#onEvent({ type: "opened", awayMs });
    for (const subscription of this.#subscriptions.values()) this.#join(subscription);
  }

  #lost() {
    if (this.#isOpen) this.#awaySince = performance.now();
    this.#isOpen = false;
    for (const id of [...this.#replies.keys()]) this.#settle(id, new Error("Connection lost"));
    for (const { handler } of this.#subscriptions.values()) handler({ type: "away" });
  }

  async #join(subscription) {
    const { channel, handler, position } = subscription;
    const from = position ? { recover: true, ...position } : {};
    try {
      const wanted = { channel, join_leave: true, recoverable: true, positioned: true };
      const reply = await this.command("subscribe", { ...wanted, ...from });
      if (this.#subscriptions.get(channel) !== subscription) return;
      const { epoch = "", offset = 0, publications = [] } = reply;
      handler({ type: "subscribed", isBack: position !== null, ...reply, epoch, offset });
      if (reply.recoverable || reply.positioned) subscription.position = { epoch, offset };
      publications.forEach((pub, index) => {
        this.#publication(subscription, pub, { raw: reply.exact[index], form: "publication" });
      });
    } catch (error) {
      if (error instanceof CommandError) handler({ type: "refused", error });
    }
  }

  #publication(subscription, pub, text) {
    if (subscription.position && pub.offset) subscription.position.offset = pub.offset;
    subscription.handler({ type: "publication", offset: pub.offset ?? 0, ...text });
  }

  #received(frame) {
    for (const line of frame.split("\n")) {
      if (line === "{}") this.#connection.send("{}");
      else if (line !== "") this.#message(line, JSON.parse(line));
    }
  }

  #message(line, { id, error, push, ...results }) {
    if (id !== undefined) {
      const { method } = this.#replies.get(id) ?? {};
      const result = results[method];
      if (result?.publications) result.exact = exactTexts(line, method);
      return this.#settle(id, error && new CommandError(error), result);
    }
    const subscription = this.#subscriptions.get(push?.channel);
    if (subscription === undefined) return;
    if (push.pub) this.#publication(subscription, push.pub, { raw: line, form: "push" });
    if (push.join) subscription.handler({ type: "join", info: push.join.info });
    if (push.leave) subscription.handler({ type: "leave", info: push.leave.info });
    if (push.unsubscribe) this.#unsubscribed(subscription, push.unsubscribe);
  }

  /** From 2500 on the protocol wants to be asked again; 2502 also says that the place is void. */
  #unsubscribed(subscription, { code, reason }) {
    if (code === 2502) subscription.position = null;
    subscription.handler({ type: "unsubscribed", code, reason });
    if (code >= 2500) this.#join(subscription);
    else this.#subscriptions.delete(subscription.channel);
  }

  #settle(id, error, result) {
    const waiting = this.#replies.get(id);
    if (waiting === undefined) return;
    this.#replies.delete(id);
    clearTimeout(waiting.timer);
    if (error) waiting.reject(error);
    else waiting.resolve(result ?? {});
  }
}

/** The publications in a reply as the texts that they are. */
function exactTexts(line, method) {
  return rawItems(rawMember(line, [method, "publications"]));
}
