/** Who this page is for the server: the API key, what it allows, and requests that show it. */

const STORED_AS = "midgard.api-key";
const TIMEOUT_MS = 5_000;

/** A request that the server refused: `status`, and the `code` and message of its answer. */
export class ApiError extends Error {
  constructor(status, { code, message }) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/**
 * The rights of this page. The key lives as long as the tab does and is shown in a header, so that
 * it is in no address, no history and no log.
 */
export class Access extends EventTarget {
  #key = sessionStorage.getItem(STORED_AS) ?? "";
  /** As `/console/access` tells it; nothing is allowed before it has. */
  rights = { key: "none", api: false, channels: false, connect: false };
  isKnown = false;

  get hasKey() {
    return this.#key !== "";
  }

  /** Headers of a request of this page. */
  headers(others = {}) {
    return this.#key === "" ? others : { ...others, "X-API-Key": this.#key };
  }

  /** Asks what is allowed; tells by a `change` event if that is something else than before. */
  async refresh() {
    const rights = await this.json("/console/access");
    const isSame = this.isKnown && JSON.stringify(rights) === JSON.stringify(this.rights);
    this.rights = rights;
    this.isKnown = true;
    if (!isSame) this.dispatchEvent(new Event("change"));
  }

  /** Tries a key; true if it is right, and kept then. @throws if nobody can tell: as it was before */
  async signIn(key) {
    const before = this.#key;
    this.#key = key;
    try {
      await this.refresh();
    } catch (error) {
      this.#key = before;
      // What no header can hold is no key.
      if (/^[\x21-\x7e]*$/.test(key)) throw error;
      return false;
    }
    if (this.rights.key === "right") {
      sessionStorage.setItem(STORED_AS, key);
      return true;
    }
    this.#key = before;
    await this.refresh();
    return false;
  }

  async signOut() {
    this.#key = "";
    sessionStorage.removeItem(STORED_AS);
    await this.refresh();
  }

  /** Fetches with the key. @throws {ApiError} for an answer that is no success. */
  async fetch(path, { headers, ...init } = {}) {
    const options = { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS), ...init };
    const response = await fetch(path, { ...options, headers: this.headers(headers) });
    if (response.ok) return response;
    const { error } = await response.json().catch(() => ({}));
    throw new ApiError(response.status, error ?? { code: "", message: response.statusText });
  }

  /** Fetches JSON. @throws {ApiError} */
  async json(path) {
    return await (await this.fetch(path)).json();
  }

  /** Calls a method of the server API. @throws {ApiError} */
  async call(method, params) {
    const body = JSON.stringify(params);
    const { result, error } = await (await this.fetch(`/api/${method}`, { method: "POST", body }))
      .json();
    if (error) throw new ApiError(200, error);
    return result;
  }
}
