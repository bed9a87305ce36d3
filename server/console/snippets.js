/** The lines to type elsewhere for what is on screen, each with a button that copies it. */

import { browserSnippet, curlCommand, subCommand } from "./addresses.js";
import { h, icon, setText } from "./dom.js";

const COPIED_MS = 1_500;

/** The three lines for a channel; `show` changes the channel. */
export class Snippets {
  #lines = [
    ["curl", "Publish from a terminal", curlCommand],
    ["js", "Join from a browser", browserSnippet],
    ["sub", "Follow in a terminal", subCommand],
  ];
  #codes = new Map();
  element;

  /** `announce` says something to screen readers. */
  constructor(announce) {
    const blocks = this.#lines.map(([name, title]) => {
      const code = h("code", { id: `snippet-${name}` });
      this.#codes.set(name, code);
      const copy = copyButton(`Copy: ${title}`, () => code, announce);
      return h(
        "div",
        { class: "snippet" },
        h("div", { class: "snippet-head" }, h("h3", {}, title), copy),
        h("pre", { tabindex: "0", "aria-label": title }, code),
      );
    });
    this.element = h("div", { class: "snippets" }, ...blocks);
  }

  show(channel, needsKey) {
    for (const [name, , make] of this.#lines) {
      setText(this.#codes.get(name), make(location, channel, needsKey));
    }
  }
}

/** A button that copies the text of the node that `nodeOf` gives. */
export function copyButton(label, nodeOf, announce) {
  const text = h("span", {}, "Copy");
  const about = { type: "button", class: "button quiet small", "aria-label": label };
  const copyIt = async () => {
    const result = await copy(nodeOf()) ? "Copied" : "Selected";
    setText(text, result);
    announce(result);
    setTimeout(() => setText(text, "Copy"), COPIED_MS);
  };
  return h("button", { ...about, on: { click: copyIt } }, icon("copy"), text);
}

/** The clipboard needs a secure page; elsewhere the text is selected, ready for Ctrl-C. */
async function copy(node) {
  try {
    await navigator.clipboard.writeText(node.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(node);
    return document.execCommand("copy");
  }
}
