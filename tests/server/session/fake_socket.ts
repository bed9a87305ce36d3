import type { CloseOutcome, DrainObserver } from "../../../lifecycle/mod.ts";
import { OPEN_CHANNEL } from "../../../server/config/mod.ts";
import { Hub } from "../../../server/hub/mod.ts";
import type { HubOptions } from "../../../server/hub/mod.ts";
import type { MessageBounds } from "../../../server/limits/mod.ts";
import type { SocketRequest } from "../../../server/session/mod.ts";
import { SessionRegistry, TimerWheel } from "../../../server/session/mod.ts";
import { ScriptedLog } from "../hub/recorder.ts";
import { UNCOUNTED } from "../settings.ts";

/** The server's end of a WebSocket, of which the test plays runtime and peer. */
export class FakeSocket {
  /** What was sent, in order; a Close as `close <code> <reason>`, bytes as an array. */
  readonly wire: (string | number[])[] = [];
  bufferedAmount = 0;
  onopen: () => void = () => {};
  onmessage: (event: { data: string | ArrayBuffer }) => void = () => {};
  onclose: (event: { code: number }) => void = () => {};
  onerror: (event: Event) => void = () => {};

  send(frame: string | Uint8Array): void {
    this.wire.push(typeof frame === "string" ? frame : [...frame]);
  }

  close(code: number, reason: string): void {
    this.wire.push(`close ${code} ${reason}`);
  }

  /** The peer sends a message. */
  receive(data: string | ArrayBuffer): void {
    this.onmessage({ data });
  }

  /** The connection ends, with the code of the peer's Close or 0 without one. */
  end(code = 1001): void {
    this.onclose({ code });
  }

  /** As the type that sessions ask for; they use no more of it. */
  get asWebSocket(): WebSocket {
    return this as unknown as WebSocket;
  }
}

/** A registry of sessions, and what it tells. At its end every connection is. */
export class Room implements DrainObserver, Disposable {
  readonly log = new ScriptedLog();
  readonly hub: Hub;
  readonly sessions: SessionRegistry;
  readonly outcomes: CloseOutcome[] = [];
  joinedCount = 0;
  readonly #sockets: FakeSocket[] = [];

  constructor(options: Partial<HubOptions> = {}, bounds?: MessageBounds) {
    this.hub = new Hub({ log: this.log, ...options });
    this.sessions = new SessionRegistry({
      hub: this.hub,
      closeTimeoutMs: 3_000,
      wheel: new TimerWheel(),
      maxQueuedBytes: () => 1_000,
      ...(bounds !== undefined && { messageBounds: () => bounds }),
    });
  }

  /** A socket that is upgraded and not open yet. */
  connecting(request: Partial<SocketRequest> = {}): FakeSocket {
    const socket = new FakeSocket();
    const whole = {
      ...{ channel: "a", options: OPEN_CHANNEL, user: "", mayPublish: true, expiresAt: undefined },
      isInsecure: true,
      place: UNCOUNTED,
      ...{ maxMessageBytes: 1_000, hasEcho: false, history: 0, ...request },
    };
    this.#sockets.push(socket);
    this.sessions.add(socket.asWebSocket, whole);
    return socket;
  }

  /** An open socket. */
  open(request: Partial<SocketRequest> = {}): FakeSocket {
    const socket = this.connecting(request);
    socket.onopen();
    return socket;
  }

  joined(): void {
    this.joinedCount += 1;
  }

  left(_: unknown, outcome: CloseOutcome): void {
    this.outcomes.push(outcome);
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.end();
  }
}
