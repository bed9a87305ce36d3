/** Keeps a list up to date while its view is shown. */

/**
 * Asks for a list now and again, unless nobody looks at the page or the server is away. `mayLook` says
 * whether the page may ask at all; where it may not, `deny` shows why, until what it may has changed.
 */
export class WatchedList {
  #app;
  #options;
  #timer = 0;
  #isShown = false;

  constructor(app, { everyMs, mayLook, load, deny }) {
    this.#app = app;
    this.#options = { everyMs, mayLook, load, deny };
    app.access.addEventListener("change", () => this.#isShown && this.show());
  }

  /** Asks now, and from now on. */
  show() {
    this.#isShown = true;
    clearTimeout(this.#timer);
    void this.#look();
  }

  hide() {
    this.#isShown = false;
    clearTimeout(this.#timer);
  }

  async #look() {
    const { everyMs, mayLook, load, deny } = this.#options;
    if (!mayLook(this.#app.access.rights)) return deny();
    if (!document.hidden && this.#app.lifecycle.phase !== "away") await load();
    clearTimeout(this.#timer);
    if (this.#isShown) this.#timer = setTimeout(() => this.#look(), everyMs);
  }
}
