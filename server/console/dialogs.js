/** The two questions that the page asks: for the API key, and whether one is sure. */

import { button, h, setText } from "./dom.js";

/** Asks for the API key, until it is right or nobody wants to. */
export class SignInDialog {
  #access;
  #input = h("input", {
    ...{ type: "password", id: "key-input", autocomplete: "off", spellcheck: "false" },
    ...{ required: true, "aria-describedby": "key-problem" },
  });
  #problem = h("p", { id: "key-problem", class: "bad", role: "alert" });
  #dialog;
  element;

  constructor(access) {
    this.#access = access;
    const submit = button("Sign in", { kind: "primary" });
    submit.type = "submit";
    const cancel = button("Cancel", { on: { click: () => this.#dialog.close() } });
    const form = h(
      "form",
      {},
      h("h2", { id: "sign-in-title" }, "Sign in"),
      h(
        "p",
        { class: "soft" },
        "With the server’s API key. This tab keeps it until it is closed, and shows it to nobody but the server.",
      ),
      h("label", { for: "key-input" }, "API key"),
      this.#input,
      this.#problem,
      h("div", { class: "dialog-foot" }, cancel, submit),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#dialog = h("dialog", { "aria-labelledby": "sign-in-title" }, form);
    this.element = this.#dialog;
  }

  open() {
    this.#input.value = "";
    setText(this.#problem, "");
    this.#dialog.showModal();
    this.#input.focus();
  }

  async #submit() {
    try {
      if (await this.#access.signIn(this.#input.value.trim())) this.#dialog.close();
      else setText(this.#problem, "That is not the server’s key.");
    } catch {
      setText(this.#problem, "The server did not answer. Try again when it is back.");
    }
  }
}

/** Asks whether one is sure; `ask` gives a promise of the answer. */
export class ConfirmDialog {
  #title = h("h2", { id: "confirm-title" });
  #text = h("p", { class: "soft" });
  #action = button("", { kind: "danger-solid", id: "confirm-button" });
  #answer = () => {};
  element;

  constructor() {
    const cancel = button("Cancel", { on: { click: () => this.element.close() } });
    this.#action.addEventListener("click", () => this.element.close("yes"));
    this.element = h(
      "dialog",
      { "aria-labelledby": "confirm-title" },
      ...[this.#title, this.#text],
      h("div", { class: "dialog-foot" }, cancel, this.#action),
    );
    this.element.addEventListener("close", () => this.#answer(this.element.returnValue === "yes"));
  }

  ask({ title, text, action }) {
    setText(this.#title, title);
    setText(this.#text, text);
    setText(this.#action.lastChild, action);
    this.element.returnValue = "";
    this.element.showModal();
    return new Promise((resolve) => this.#answer = resolve);
  }
}
