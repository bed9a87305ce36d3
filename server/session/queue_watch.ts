import type { CountedSession } from "./session_owner.ts";

/** Options of {@linkcode QueueWatch}. */
export interface QueueWatchOptions {
  /** Everybody who may have something waiting. */
  readonly sessions: Iterable<CountedSession>;
  /** Bytes that came from or went to clients since the start; text counts UTF-16 units. */
  readonly movedBytes: () => number;
  /** Bytes that may wait for all clients together, as of now; 0 for no limit. */
  readonly maxBytes: () => number;
  /** Whether all that waits is to be sent out whatever it takes, as in a stop. */
  readonly isStopping: () => boolean;
  /** Told how many clients had to go, and how many bytes waited for everybody before. */
  readonly onCut: (cut: { readonly clients: number; readonly bytes: number }) => void;
}

/** How often it is looked at; until then as much may come on top as can be sent meanwhile. */
const EVERY_MS = 100;
/** From this share of the limit on the largest queues go, until this share is left. */
const CUT_FROM = 3 / 4;
const CUT_TO = 1 / 2;
/** Bytes of UTF-8 that one UTF-16 unit takes at most. */
const BYTES_PER_UNIT = 3;

/**
 * Bounds what waits for all clients together. Asking every socket costs a runtime call each, so it
 * is only done when so much has moved since the last time that the limit may be near.
 */
export class QueueWatch implements Disposable {
  readonly #options: QueueWatchOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  #bytes = 0;
  #movedThen = 0;

  constructor(options: QueueWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), EVERY_MS);
    Deno.unrefTimer(Number(this.#timer));
  }

  /** Whether more waits than may, those included who are on their way out: publishers must wait. */
  get isFull(): boolean {
    const maxBytes = this.#options.maxBytes();
    return maxBytes > 0 && this.#bytes > maxBytes && !this.#options.isStopping();
  }

  /** Looks whether there is too much, and who has to go; called by its own timer. */
  look(): void {
    const { maxBytes, movedBytes, isStopping, onCut } = this.#options;
    const from = maxBytes() * CUT_FROM;
    const moved = movedBytes();
    const isNear = this.#bytes + (moved - this.#movedThen) * BYTES_PER_UNIT > from;
    if (from === 0 || !isNear) return;
    const queues = this.#measure();
    this.#movedThen = moved;
    if (this.#bytes <= from || isStopping()) return;
    const clients = cut(queues, this.#bytes - maxBytes() * CUT_TO);
    if (clients > 0) onCut({ clients, bytes: this.#bytes });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #measure(): Queue[] {
    const sessions = [...this.#options.sessions];
    const queues = sessions.map((session) => ({ session, bytes: session.queuedBytes }));
    this.#bytes = queues.reduce((sum, { bytes }) => sum + bytes, 0);
    return queues;
  }
}

interface Queue {
  readonly session: CountedSession;
  readonly bytes: number;
}

/** Ends those with the largest queues, of so many bytes in all; those count who are leaving anyway. */
function cut(queues: Queue[], bytes: number): number {
  let [left, clients] = [bytes, 0];
  for (const queue of queues.sort((a, b) => b.bytes - a.bytes)) {
    if (left <= 0) break;
    left -= queue.bytes;
    if (queue.session.expel("tooSlow")) clients += 1;
  }
  return clients;
}
