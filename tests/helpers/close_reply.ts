/** The many ways in which a client can answer a Close frame, from proper to outrageous. */

/** What a peer does when the server's first Close arrives. */
export type CloseReply<Peer> =
  /** The same code and reason at once, as RFC 6455 5.5.1 asks for. */
  | { readonly kind: "same" }
  | { readonly kind: "never" }
  | { readonly kind: "code"; readonly code: number; readonly reason?: string }
  /** These bytes instead of a Close frame: oversized, invalid, or not a frame at all. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** Anything, now or later; it calls `peer.close` itself when the handshake shall end. */
  | { readonly kind: "custom"; readonly reply: (peer: Peer) => void };

/** A Close frame of the server. */
export interface ReceivedClose {
  /** `null` when the frame carried none, which RFC 6455 7.1.5 reports as 1005. */
  readonly code: number | null;
  readonly reason: string;
  /** `performance.now()` when it was read. */
  readonly atMs: number;
}

/** What a reply needs of the peer that gives it. */
interface Replying<Peer> {
  readonly closeReply: CloseReply<Peer>;
  close(code?: number, reason?: string): Promise<boolean>;
  send(bytes: Uint8Array, options: { isClose: boolean }): Promise<boolean>;
}

/** Plays the peer's `closeReply`. */
export function replyToClose<Peer extends Replying<Peer>>(
  peer: Peer,
  { code, reason }: ReceivedClose,
): void {
  const reply = peer.closeReply;
  switch (reply.kind) {
    case "same":
      return void peer.close(code ?? undefined, reason);
    case "never":
      return;
    case "code":
      return void peer.close(reply.code, reply.reason);
    case "bytes":
      return void peer.send(reply.bytes, { isClose: true });
    case "custom":
      return reply.reply(peer);
  }
}
