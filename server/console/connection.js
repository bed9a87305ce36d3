/**
 * A WebSocket that comes back: why it was closed, and when it tries again.
 * Nothing here touches the page, so that it can be tested without a browser.
 */

const RETRY_BASE_MS = 250;
const RETRY_CAP_MS = 5_000;
const ATTEMPT_TIMEOUT_MS = 5_000;
/** A connection shorter than this does not reset the backoff, or a server that refuses loops us. */
const STABLE_MS = 2_000;
const NORMAL_CLOSE = 1000;
const POLICY_CLOSE = 1008;

const CLOSE_MEANINGS = {
  1000: "The server ended the connection in the normal way.",
  1001: "The server is going away. This page comes back by itself.",
  1005: "The server closed the connection without saying why.",
  1006: "The connection broke without a closing handshake.",
  1008: "The server does not allow this connection, so this page does not retry by itself.",
  1009: "A message was larger than the server accepts.",
  1011: "Something went wrong inside the server.",
  1012: "The server restarts. This page comes back by itself.",
  1013: "This page read too slowly, or a limit of the server was reached. It tries again.",
  3001: "The server is stopping. This page comes back by itself.",
  3008: "This page read too slowly. It comes back by itself.",
  3012: "The server heard no answer to its ping. This page comes back by itself.",
  3501: "The server does not let this page in without a token.",
  3503: "Somebody disconnected this page by the server API, so it does not retry by itself.",
};

/**
 * How long to wait before retry number `attempt` (from 0), in milliseconds. Full jitter: after a
 * restart the clients of one server spread out instead of all arriving in the same instant.
 */
export function retryDelayMs(attempt, random = Math.random) {
  return random() * Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** attempt);
}

/** What a close code says in plain words; empty for a code without a known meaning. */
export function closeMeaning({ code, reason }) {
  if (code === 1001 && reason === "server stopping") {
    return "The server is stopping. This page comes back by itself.";
  }
  return CLOSE_MEANINGS[code] ?? "";
}

/** Whether to come back without being asked: a refusal stays a refusal until somebody acts. */
export function canRetry(code) {
  const isFinal = (code >= 3500 && code <= 3999) || (code >= 4500 && code <= 4999);
  return code !== POLICY_CLOSE && !isFinal;
}

/**
 * Keeps one WebSocket open.
 *
 * `state` is one of
 * - `{ name: "idle" }`: closed by this page;
 * - `{ name: "connecting", sinceMs }`: the first attempt;
 * - `{ name: "connected", sinceMs }`;
 * - `{ name: "away", sinceMs, attempts, retryAtMs, isTrying }`: `retryAtMs` is null while an
 *   attempt is under way, and also when it waits to be asked.
 *
 * `onEvent` hears `state`, `opened`, `closed`, `failed` and `message`. Events of a socket that was
 * replaced are never heard.
 */
export class Connection {
  #onEvent;
  #createSocket;
  #random;
  #now;
  #url = "";
  #socket = null;
  #timer = 0;
  #backoff = 0;
  #wasConnected = false;
  #state = { name: "idle" };

  constructor(onEvent, options = {}) {
    this.#onEvent = onEvent;
    this.#createSocket = options.createSocket ?? ((url) => new WebSocket(url));
    this.#random = options.random ?? Math.random;
    this.#now = options.now ?? (() => performance.now());
  }

  get state() {
    return this.#state;
  }

  /** Connects to `url`; an earlier connection is closed first. */
  open(url) {
    this.#release();
    this.#url = url;
    this.#backoff = 0;
    this.#wasConnected = false;
    this.#setState({ name: "connecting", sinceMs: this.#now() });
    this.#attempt();
  }

  /** Closes with 1000 and stays closed until `open`. */
  close() {
    this.#release();
    this.#setState({ name: "idle" });
  }

  /** Tries again at once when a retry is waiting; does nothing otherwise. */
  retryNow() {
    if (this.#state.name !== "away" || this.#state.isTrying) return;
    this.#retry();
  }

  /** Sends one frame; false when there is no open connection to send it on. */
  send(data) {
    if (this.#state.name !== "connected" || this.#socket.readyState !== 1) return false;
    this.#socket.send(data);
    return true;
  }

  #setState(state) {
    this.#state = state;
    this.#onEvent({ type: "state", state });
  }

  /** Lets go of the socket before closing it, so that its own close event is not taken for news. */
  #release() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(NORMAL_CLOSE);
  }

  #attempt() {
    const socket = this.#createSocket(this.#url);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket === this.#socket && this.#opened();
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#onEvent({ type: "message", data });
    };
    socket.onclose = (event) => socket === this.#socket && this.#closed(event);
    this.#timer = setTimeout(() => this.#timedOut(), ATTEMPT_TIMEOUT_MS);
  }

  #opened() {
    clearTimeout(this.#timer);
    const before = this.#state;
    const nowMs = this.#now();
    const isBack = before.name === "away" && this.#wasConnected;
    this.#wasConnected = true;
    this.#setState({ name: "connected", sinceMs: nowMs });
    this.#onEvent({
      type: "opened",
      awayMs: isBack ? nowMs - before.sinceMs : null,
      attempts: before.attempts ?? 1,
    });
  }

  #closed({ code, reason, wasClean }) {
    clearTimeout(this.#timer);
    this.#socket = null;
    const before = this.#state;
    if (before.name !== "connected") return this.#failed(false);

    const connectedMs = this.#now() - before.sinceMs;
    if (connectedMs >= STABLE_MS) this.#backoff = 0;
    this.#onEvent({ type: "closed", code, reason, wasClean, connectedMs });
    this.#wait({ sinceMs: this.#now(), attempts: 0, hasRetry: canRetry(code) });
  }

  #timedOut() {
    this.#release();
    this.#failed(true);
  }

  #failed(isTimeout) {
    const { sinceMs, attempts = 1 } = this.#state;
    this.#onEvent({ type: "failed", attempts, isTimeout });
    this.#wait({ sinceMs, attempts, hasRetry: true });
  }

  #wait({ sinceMs, attempts, hasRetry }) {
    const delayMs = retryDelayMs(this.#backoff, this.#random);
    this.#backoff += 1;
    if (hasRetry) this.#timer = setTimeout(() => this.#retry(), delayMs);
    const retryAtMs = hasRetry ? this.#now() + delayMs : null;
    this.#setState({ name: "away", sinceMs, attempts, retryAtMs, isTrying: false });
  }

  #retry() {
    clearTimeout(this.#timer);
    const { sinceMs, attempts } = this.#state;
    const trying = { attempts: attempts + 1, retryAtMs: null, isTrying: true };
    this.#setState({ name: "away", sinceMs, ...trying });
    this.#attempt();
  }
}
