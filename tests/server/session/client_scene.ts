import type { TokenVerifier } from "../../../server/auth/mod.ts";
import { Hub } from "../../../server/hub/mod.ts";
import type { ClientEnvironment } from "../../../server/session/mod.ts";
import { ClientSessions, SessionRegistry, TimerWheel } from "../../../server/session/mod.ts";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { ScriptedLog } from "../hub/recorder.ts";
import type { DifferentSettings } from "../settings.ts";
import { environmentOf, settingsWith, UNCOUNTED } from "../settings.ts";
import { FakeSocket } from "./fake_socket.ts";

/** Options of {@linkcode ClientScene}. */
export interface SceneOptions extends DifferentSettings {
  /** Checks tokens in place of the real one. */
  readonly verifier?: Partial<TokenVerifier>;
}

/** A server's clients without a server. At its end every connection is. */
export class ClientScene implements Disposable {
  readonly log = new ScriptedLog();
  readonly hub = new Hub({ log: this.log });
  readonly wheel = new TimerWheel();
  readonly environment: ClientEnvironment;
  readonly registry: SessionRegistry;
  readonly sessions: ClientSessions;
  /** What was reported as broken. */
  readonly errors: unknown[] = [];
  readonly #sockets: FakeSocket[] = [];

  constructor({ verifier, ...different }: SceneOptions = {}) {
    const { hub, log, wheel } = this;
    const settings = settingsWith(different);
    const all = verifier === undefined
      ? settings
      : { ...settings, verifier: Object.assign(settings.verifier, verifier) };
    this.environment = environmentOf(
      { hub, log, wheel },
      () => all,
      (error) => this.errors.push(error),
    );
    this.registry = new SessionRegistry({ hub, wheel, closeTimeoutMs: 3_000 });
    this.sessions = new ClientSessions(this.registry, this.environment, { closeTimeoutMs: 3_000 });
  }

  /** An open socket that has said nothing yet. */
  open(): FakeSocket {
    const socket = new FakeSocket();
    this.#sockets.push(socket);
    const request = { codec: CENTRIFUGE_JSON, trustedUser: "", hasPings: true, place: UNCOUNTED };
    this.sessions.addSocket(socket.asWebSocket, request);
    socket.onopen();
    return socket;
  }

  /** A socket whose client is connected. */
  async connected(): Promise<FakeSocket> {
    const socket = this.open();
    socket.receive('{"id":1,"connect":{}}');
    await turns(5);
    return socket;
  }

  /** What is left of clients, anywhere. */
  get remains(): Readonly<Record<string, number>> {
    const { environment: { clients }, hub, wheel, registry } = this;
    return {
      clients: clients.size,
      users: clients.users,
      channels: hub.channels().length,
      timers: wheel.size,
      sessions: registry.size,
      descriptors: registry.descriptors,
    };
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.end();
  }
}

/** What {@linkcode ClientScene.remains} is when everybody has gone. */
export const NOTHING: ClientScene["remains"] = {
  ...{ clients: 0, users: 0, channels: 0, timers: 0, sessions: 0, descriptors: 0 },
};

/** The messages in what was sent, without the reply to the connect command. */
export function repliesOf({ wire }: FakeSocket): string[] {
  return wire.flatMap((frame) => `${frame}`.split("\n")).filter((line) =>
    !line.startsWith('{"id":1,"connect"')
  );
}
