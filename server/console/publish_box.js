/** Publishes to a channel, and remembers what was sent. */

import { channelPath } from "./addresses.js";
import { button, h, setText } from "./dom.js";
import { formatClock, formatCount, formatNumber } from "./format.js";

const MAX_SENT = 50;
const MAX_SHOWN = 160;

const TYPES = { json: "application/json", text: "text/plain" };

export class PublishBox {
  #app;
  #channel = "";
  #sent = [];
  #isSending = false;
  #input = h("textarea", {
    ...{ id: "message-input", rows: "2", placeholder: "Publish JSON or text" },
    ...{ "aria-describedby": "publish-result", spellcheck: "false", enterkeyhint: "send" },
    on: { keydown: (event) => this.#key(event), input: () => this.#render() },
  });
  #kind = h(
    "select",
    { id: "kind-select", "aria-label": "Kind of message" },
    ...[["auto", "Detect"], ["json", "JSON"], ["text", "Text"]]
      .map(([value, label]) => h("option", { value }, label)),
  );
  #publish = button("Publish", { kind: "primary", id: "publish-button" });
  #result = h("p", { id: "publish-result", role: "status" });
  #list = h("ol", { id: "sent-list" });
  #summary = h("summary", {}, "Sent from here");
  #details;
  element;

  constructor(app) {
    this.#app = app;
    this.#publish.type = "submit";
    this.#kind.addEventListener("change", () => this.#render());
    this.#details = h("details", { class: "sent", hidden: true }, this.#summary, this.#list);
    const label = h("label", { for: "message-input", class: "hidden" }, "Message");
    const foot = h("div", { class: "publish-foot" }, this.#kind, this.#result, this.#publish);
    this.element = h(
      "form",
      { class: "card publish", id: "publish-form", "aria-label": "Publish" },
      ...[label, this.#input, foot, this.#details],
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
  }

  show(channel) {
    if (channel !== this.#channel) {
      this.#sent = [];
      this.#renderSent();
      setText(this.#result, "");
    }
    this.#channel = channel;
    this.#render();
  }

  /** Whether it can be published at all; says why not. */
  #render() {
    const { phase } = this.#app.lifecycle;
    const isThere = phase === "ready" || phase === "draining" || phase === "denied";
    this.#publish.disabled = !isThere || this.#isSending;
    const problem = this.#kindOf(this.#input.value) === null ? "This is no JSON." : "";
    this.#input.ariaInvalid = String(problem !== "");
    if (problem !== "") this.#say("bad", problem);
    else if (!isThere) this.#say("away", "Publishing waits for the server.");
    else if (this.#result.className !== "good") this.#say("", "Enter publishes");
  }

  refresh() {
    this.#render();
  }

  /** What the text is sent as; null if it is not what was chosen. */
  #kindOf(text) {
    const wanted = this.#kind.value;
    if (wanted === "text") return "text";
    const isJson = text.trim() !== "" && isValidJson(text);
    if (wanted === "auto") return isJson ? "json" : "text";
    return isJson || text === "" ? "json" : null;
  }

  async #send() {
    const text = this.#input.value;
    const kind = this.#kindOf(text);
    if (text === "" || kind === null || this.#publish.disabled) return;
    this.#isSending = true;
    const startedAt = performance.now();
    try {
      const request = { method: "POST", body: text, headers: { "Content-Type": TYPES[kind] } };
      const response = await this.#app.access.fetch(channelPath(this.#channel), request);
      const { offset } = await response.json();
      const ms = Math.max(1, Math.round(performance.now() - startedAt));
      const where = offset ? `at offset ${formatNumber(offset)}` : "without history";
      this.#say("good", `Stored ${where} in ${ms} ms`);
      this.#remember({ text, kind, offset, date: new Date() });
      this.#input.value = "";
    } catch (error) {
      this.#say("bad", `Not published: ${error.message}`);
    } finally {
      this.#isSending = false;
      this.#render();
    }
  }

  #say(tone, text) {
    this.#result.className = tone;
    setText(this.#result, text);
  }

  #remember(message) {
    this.#sent.unshift(message);
    this.#sent.length = Math.min(this.#sent.length, MAX_SENT);
    this.#renderSent();
  }

  #renderSent() {
    this.#details.hidden = this.#sent.length === 0;
    setText(this.#summary, `${formatCount(this.#sent.length, "message")} sent from here`);
    this.#list.replaceChildren(...this.#sent.map(({ text, offset, date }) => {
      const again = button(text.slice(0, MAX_SHOWN).replace(/\s+/g, " "), {
        kind: "quiet sent-text",
      });
      again.title = "Write it again";
      again.addEventListener("click", () => this.#recall(text));
      const about = `${offset ? `#${offset} · ` : ""}${formatClock(date)}`;
      return h("li", {}, again, h("span", { class: "soft tabular" }, about));
    }));
  }

  #recall(text) {
    this.#input.value = text;
    this.#input.focus();
    this.#render();
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowUp" && this.#input.value === "" && this.#sent.length > 0) {
      event.preventDefault();
      this.#recall(this.#sent[0].text);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void this.#send();
    }
  }
}

function isValidJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
