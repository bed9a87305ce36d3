import type { CloseOutcome, DrainObserver, Urgency } from "../../../lifecycle/mod.ts";
import type { Identity } from "../../../server/auth/mod.ts";
import { channelOptionsOf } from "../../../server/config/mod.ts";
import { Hub } from "../../../server/hub/mod.ts";
import type {
  Beginning,
  Client,
  ClientEnvironment,
  ClientRequest,
} from "../../../server/session/mod.ts";
import {
  beginSubscription,
  ClientSessions,
  SessionRegistry,
  TimerWheel,
} from "../../../server/session/mod.ts";
import type { Subscribed } from "../../../server/session/subscription_options.ts";
import { handedOut, ScriptedLog } from "../hub/recorder.ts";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import type { DifferentSettings } from "../settings.ts";
import { environmentOf, settingsWith, UNCOUNTED } from "../settings.ts";
import { FakeSocket } from "./fake_socket.ts";
import { FakeVerifier } from "./fake_verifier.ts";

/** A message of the server, or its Close as `close <code> <reason>`. */
// deno-lint-ignore no-explicit-any -- tests look deep into messages.
export type Message = any;

/** A client at the other end of a fake socket. */
export class Peer {
  readonly socket = new FakeSocket();
  #seen = 0;
  #id = 0;

  /** Sends commands in one frame; those without an id get the next one, but for `{}`. */
  send(...commands: readonly object[]): void {
    const lines = commands.map((command) => {
      const hasNone = Object.keys(command).length === 0 || "send" in command || "id" in command;
      return JSON.stringify(hasNone ? command : { id: ++this.#id, ...command });
    });
    this.socket.receive(lines.join("\n"));
  }

  /** Sends commands in one frame; gives everything that comes then. */
  async ask(...commands: readonly object[]): Promise<Message[]> {
    this.send(...commands);
    return await this.news();
  }

  /** Everything that has come since the last time, once all that is under way has come. */
  async news(): Promise<Message[]> {
    await handedOut();
    return this.newsNow();
  }

  /** Everything that has come since the last time. */
  newsNow(): Message[] {
    const fresh = this.socket.wire.slice(this.#seen).map(String);
    this.#seen += fresh.length;
    return fresh.flatMap((frame) =>
      frame.startsWith("close ") ? [frame] : frame.split("\n").map((line) => JSON.parse(line))
    );
  }
}

/** Clients of the Centrifuge protocol and all that they share. At its end every connection is. */
export class ClientRoom implements DrainObserver, Disposable {
  readonly log: ScriptedLog;
  readonly hub: Hub;
  readonly verifier = new FakeVerifier();
  readonly wheel = new TimerWheel(() => this.#nowMs);
  readonly environment: ClientEnvironment;
  readonly registry: SessionRegistry;
  readonly sessions: ClientSessions;
  readonly outcomes: CloseOutcome[] = [];
  readonly errors: unknown[] = [];
  readonly #peers: Peer[] = [];
  #nowMs = 0;

  constructor(
    different: DifferentSettings = {},
    { log = new ScriptedLog(), maxBacklogBytes }: {
      readonly log?: ScriptedLog;
      readonly maxBacklogBytes?: number;
    } = {},
  ) {
    const client = { isInsecure: false, ...different.client };
    const settings = { ...settingsWith({ ...different, client }), verifier: this.verifier };
    this.log = log;
    this.hub = new Hub({
      log,
      ...(maxBacklogBytes !== undefined && { maxBacklogBytes }),
      hasHistory: (channel) => (channelOptionsOf(channel, settings.channels)?.historySize ?? 0) > 0,
    });
    const { hub, wheel } = this;
    const onError = (error: unknown) => void this.errors.push(error);
    this.environment = environmentOf({ hub, log, wheel }, () => settings, onError);
    this.registry = new SessionRegistry({
      ...{ hub, wheel, closeTimeoutMs: 3_000 },
      messageBounds: () => settings.client,
    });
    this.sessions = new ClientSessions(this.registry, this.environment, { closeTimeoutMs: 3_000 });
  }

  /** A socket that is upgraded and not open yet. */
  connecting(request: Partial<ClientRequest> = {}): Peer {
    const peer = new Peer();
    this.#peers.push(peer);
    this.sessions.addSocket(peer.socket.asWebSocket, {
      ...{ codec: CENTRIFUGE_JSON, trustedUser: "", place: UNCOUNTED },
      ...request,
    });
    return peer;
  }

  /** An open socket. */
  open(request: Partial<ClientRequest> = {}): Peer {
    const peer = this.connecting(request);
    peer.socket.onopen();
    return peer;
  }

  /** A client that has connected and seen the reply. */
  async connected(connect: object = {}): Promise<Peer> {
    const peer = this.open();
    await peer.ask({ connect });
    return peer;
  }

  /** A connected client with subscriptions; what came with them is seen. */
  async subscribed(...requests: readonly object[]): Promise<Peer> {
    const peer = await this.connected();
    for (const subscribe of requests) await peer.ask({ subscribe });
    return peer;
  }

  /** A connected client of `user`. */
  async connectedAs(user: string, identity: Partial<Identity> = {}): Promise<Peer> {
    return await this.connected({ token: this.verifier.connection({ user, ...identity }) });
  }

  /** The only client that is connected. */
  get client(): Client {
    const [client] = this.environment.clients.ofUser("");
    if (client === undefined) throw new Error("Cannot find a client as nobody is connected");
    return client;
  }

  /** The server subscribes the only client; what it would be told comes back. */
  beginServerSide(channel: string, beginning: Partial<Beginning> = {}): Subscribed[] {
    const told: Subscribed[] = [];
    const options = channelOptionsOf(channel, this.environment.settings().channels);
    if (options === undefined) throw new Error(`Cannot subscribe as there is no ${channel}`);
    beginSubscription(this.client, {
      ...{ channel, options, grant: {}, request: { recoverable: true, positioned: true } },
      isServerSide: true,
      onReady: (subscribed) => void told.push(subscribed),
      ...beginning,
    });
    return told;
  }

  /** How many are in a channel. */
  present(channel = "a"): number {
    return this.hub.presence.of(channel).size;
  }

  /** Lets time pass for the wheel, tick by tick. */
  advance(ms: number): void {
    for (const end = this.#nowMs + ms; this.#nowMs < end;) {
      this.#nowMs = Math.min(end, this.#nowMs + 100);
      this.wheel.turn();
    }
  }

  /** Begins a drain and closes everybody. */
  drain(...urgencies: readonly Urgency[]): void {
    const connections = this.registry.beginDrain(this);
    for (const urgency of urgencies) for (const each of connections) each.close(urgency);
  }

  joined(): void {}

  left(_: unknown, outcome: CloseOutcome): void {
    this.outcomes.push(outcome);
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#peers) socket.end();
  }
}

/** Holds back what is read from a log, as it was when it was read; gives what lets it go. */
export function holdReads(log: ScriptedLog): () => void {
  const held = Promise.withResolvers<void>();
  const read = log.read.bind(log);
  log.read = async (channel, options) => {
    const page = await read(channel, options);
    await held.promise;
    return page;
  };
  return held.resolve;
}
