/**
 * Carries short texts between the servers that share one history. At most once: what is sent to
 * somebody who is cut off is lost, so whoever needs an answer asks for one.
 *
 * - MUST hand over what one node sends to one topic in the order in which it was sent.
 * - MUST take up subscriptions again by itself when a lost connection is back.
 * - MUST NOT keep what cannot be sent: it rejects within seconds.
 */
export interface Bus {
  /**
   * Sends to whoever listens, the sender as well if it does; gives how many those are.
   *
   * @throws {Error} if it cannot be sent
   */
  publish(topic: string, message: string): Promise<number>;
  /** Listens from now on, or from when the connection is back. `onMessage` must not throw. */
  subscribe(topic: string, onMessage: (message: string) => void): void;
  /** Listens no more. */
  unsubscribe(topic: string): void;
}

/** Heard by every node. */
export const EVERYONE = "all";

/** Heard by one node. */
export function topicOfNode(uid: string): string {
  return `node:${uid}`;
}

/** Heard by the nodes with a subscriber who wants to know who comes and goes. */
export function topicOfNotices(channel: string): string {
  return `notices:${channel}`;
}
