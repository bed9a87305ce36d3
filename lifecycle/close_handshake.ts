/**
 * The closing handshake of a server's WebSocket, without losing what the peer had already sent.
 *
 * ```
 * server                         peer
 *   │ ── everything queued ──────▶ │
 *   │ ── Close 1001 ─────────────▶ │   RFC 6455 5.5.1: after its Close an endpoint sends no data
 *   │ ◀───── data it had sent ──── │   still read and handed to `message` listeners
 *   │ ◀───────────── Close 1001 ── │
 *   │ ── TCP FIN ────────────────▶ │   7.1.1: the server closes TCP first
 * ```
 *
 * @module
 */

/** How one connection ended: `clean` when the peer's own Close frame, with a code, was read. */
export type CloseOutcome = "clean" | "terminated";

/** How long a close takes and what is told to the peer. */
export interface CloseOptions {
  /** Close code on the wire, RFC 6455 7.4. */
  readonly code: number;
  /** At most 123 bytes of UTF-8. */
  readonly reason: string;
  /** Called when the peer has not answered in time; it is waited for no longer. */
  readonly onGivenUp: () => void;
}

const CLIENT_ROLE = 1;
const SERVER_ROLE = 0;

/**
 * Deno's WebSocket ends a CLOSING socket at the first frame that is not a Close, unless it plays
 * the client's part: what the peer had sent before it saw our Close would be lost. Playing the
 * client's part from here on changes nothing else on the wire. It leans on an internal of the
 * runtime (held from 2.5 to 2.9): where the symbol is missing, the plain close remains.
 */
function setRole(socket: WebSocket, role: number): boolean {
  const symbol = roleSymbol(socket);
  if (symbol === undefined) return false;
  return Reflect.set(socket, symbol, role);
}

/** Whether this runtime lets a closing socket go on reading; see {@linkcode ClosingHandshakes}. */
export function canReadWhileClosing(socket: WebSocket): boolean {
  return roleSymbol(socket) !== undefined;
}

function roleSymbol(socket: WebSocket): symbol | undefined {
  return Object.getOwnPropertySymbols(socket).find((own) => own.description === "[[role]]");
}

/** Whether a `close` event proves a handshake; `wasClean` does not: it is true for a reset too. */
export function closeOutcome(event: CloseEvent): CloseOutcome {
  return event.code === 0 || event.code === 1005 ? "terminated" : "clean";
}

interface Waiting {
  readonly endsAt: number;
  /** One stall of the process is forgiven, not two: every wait stays bounded. */
  readonly isProlonged: boolean;
  readonly onGivenUp: () => void;
}

/** How far behind its time the timer may fire before the wait is prolonged by as much. */
const TOLERATED_LATENESS_MS = 50;

/** Waits that end within this time of each other are looked at together. */
const SWEEP_EVERY_MS = 20;

/** Every closing handshake in progress, under one timer. */
export class ClosingHandshakes {
  readonly #timeoutMs: number;
  readonly #waiting = new Map<WebSocket, Waiting>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param timeoutMs Milliseconds to wait for one peer's Close before it is given up. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Handshakes that are still waited for. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Sends Close after all that was sent before and keeps reading until the peer's Close. */
  begin(socket: WebSocket, { code, reason, onGivenUp }: CloseOptions): void {
    if (this.#waiting.has(socket)) return;
    socket.close(code, reason);
    setRole(socket, CLIENT_ROLE);
    const endsAt = performance.now() + this.#timeoutMs;
    this.#waiting.set(socket, { endsAt, isProlonged: false, onGivenUp });
    this.#timer ??= setTimeout(() => this.#sweep(), this.#timeoutMs);
  }

  /** To be called in the socket's `close` event: it is waited for no longer. */
  end(socket: WebSocket): void {
    this.#waiting.delete(socket);
    if (this.#waiting.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Gives one peer up now. It gets no second chance to be heard: with the server's part restored
   * its next frame ends the socket. A peer that stays silent keeps its descriptor until the
   * listener is aborted or the process ends; the runtime offers no way to cut it.
   */
  giveUp(socket: WebSocket): void {
    const waiting = this.#waiting.get(socket);
    if (waiting === undefined) return;
    this.end(socket);
    setRole(socket, SERVER_ROLE);
    waiting.onGivenUp();
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = performance.now();
    try {
      for (const [socket, waiting] of this.#waiting) {
        const lateMs = now - waiting.endsAt;
        if (lateMs < 0) continue;
        if (lateMs <= TOLERATED_LATENESS_MS || waiting.isProlonged) this.giveUp(socket);
        else this.#prolong(socket, waiting, now + lateMs);
      }
    } finally {
      this.#schedule(now);
    }
  }

  /** The process itself stood still: answers may lie unread, so no peer is blamed for the stall. */
  #prolong(socket: WebSocket, { onGivenUp }: Waiting, endsAt: number): void {
    this.#waiting.set(socket, { endsAt, isProlonged: true, onGivenUp });
  }

  #schedule(now: number): void {
    if (this.#waiting.size === 0) return;
    let next = Infinity;
    for (const { endsAt } of this.#waiting.values()) next = Math.min(next, endsAt);
    this.#timer = setTimeout(() => this.#sweep(), Math.max(SWEEP_EVERY_MS, next - now));
  }
}
