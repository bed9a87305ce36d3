import { TokenBucket } from "./token_bucket.ts";

/** What one client may send in a second; 0 for no limit. */
export interface MessageBounds {
  readonly messageRateLimit: number;
  /** Bytes; text counts UTF-16 units. */
  readonly byteRateLimit: number;
}

const UNLIMITED: MessageBounds = { messageRateLimit: 0, byteRateLimit: 0 };

/**
 * Seconds whose messages may come at once. What the network or a stall of the server has held back
 * comes that way, too, and is nobody's fault.
 */
export const BURST_S = 2;

/**
 * What each client has sent, set against what it may. A client takes up nothing as long as there are
 * no limits, and nothing before its first message.
 */
export class Allowances {
  readonly #byClient = new Map<object, Allowance>();
  readonly #bounds: () => MessageBounds;
  readonly #now: () => number;

  /** @param bounds As of now. @default no limit */
  constructor(
    bounds: () => MessageBounds = () => UNLIMITED,
    now: () => number = () => performance.now(),
  ) {
    this.#bounds = bounds;
    this.#now = now;
  }

  /** Clients that have sent anything. */
  get size(): number {
    return this.#byClient.size;
  }

  /**
   * Counts one message, whether it is within the limits or not: who goes on regardless gets further
   * from them.
   *
   * @returns milliseconds by which it came too early; 0 if it is within the limits.
   */
  earlyMs(client: object, bytes: number): number {
    const bounds = this.#bounds();
    if (bounds.messageRateLimit === 0 && bounds.byteRateLimit === 0) return 0;
    let allowance = this.#byClient.get(client);
    if (allowance === undefined) {
      allowance = { messages: new TokenBucket(), bytes: new TokenBucket() };
      this.#byClient.set(client, allowance);
    }
    return count(allowance, { bytes, nowMs: this.#now() }, bounds);
  }

  /** The client has gone. */
  forget(client: object): void {
    this.#byClient.delete(client);
  }
}

interface Allowance {
  readonly messages: TokenBucket;
  readonly bytes: TokenBucket;
}

function count(
  allowance: Allowance,
  { bytes, nowMs }: { readonly bytes: number; readonly nowMs: number },
  { messageRateLimit, byteRateLimit }: MessageBounds,
): number {
  const messages = { perSecond: messageRateLimit, burst: messageRateLimit * BURST_S };
  const size = { perSecond: byteRateLimit, burst: byteRateLimit * BURST_S };
  const waitMs = Math.max(
    allowance.messages.waitMs(1, messages, nowMs),
    allowance.bytes.waitMs(bytes, size, nowMs),
  );
  allowance.messages.take(1, messages, nowMs);
  allowance.bytes.take(bytes, size, nowMs);
  return waitMs;
}
