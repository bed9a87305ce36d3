import type { TokenVerifier } from "../auth/mod.ts";
import type { ChannelsConfig, ClientOptions } from "../config/mod.ts";
import type { Disconnect } from "../errors.ts";
import type { HistoryLog } from "../history/mod.ts";
import type { Hub, Members } from "../hub/mod.ts";
import type { Counts, Traffic } from "../metrics/mod.ts";
import type { CentrifugeCodec, CentrifugeFrame } from "../protocol/mod.ts";
import type { ClientRegistry } from "./client_registry.ts";
import type { TimerWheel } from "./timer_wheel.ts";

/** What a reload of the configuration may change. */
export interface ClientSettings {
  readonly client: ClientOptions;
  readonly channels: ChannelsConfig;
  readonly verifier: TokenVerifier;
}

/** What all clients share. */
export interface ClientEnvironment {
  readonly hub: Hub;
  readonly members: Members;
  readonly log: HistoryLog;
  readonly clients: ClientRegistry;
  readonly wheel: TimerWheel;
  /** Where what happens is counted. */
  readonly counts: Counts;
  /** As of now. */
  readonly settings: () => ClientSettings;
  /** Names this server among others. */
  readonly node: string;
  readonly version: string;
  /** Told what broke; the client is told only that something did. */
  readonly onError: (error: unknown) => void;
}

/** The connection of a client, as the client sees it. */
export interface ClientLink {
  readonly codec: CentrifugeCodec;
  /** Where what its connection does is counted. */
  readonly traffic: Traffic;
  /** Whether anything that is sent still goes out. */
  readonly isOpen: boolean;
  /** The name of a stream whose client sends its commands to `/emulation`; undefined for others. */
  readonly stream: string | undefined;
  /** The user as a trusted proxy names it; empty if it names none. */
  readonly trustedUser: string;
  /** Whether the server pings with messages of the protocol. */
  readonly hasPings: boolean;
  /** Sends replies, pushes or publications; what is sent in one go becomes one frame. */
  send(frame: CentrifugeFrame): void;
  /** Sends a frame that holds so many publications. */
  deliver(frame: CentrifugeFrame, publications: number): void;
  /** Keeps back what is sent until {@linkcode uncork}. */
  cork(): void;
  /** Sends `first`, if anything, and then what was kept back. */
  uncork(first?: CentrifugeFrame): void;
  /** Resolves when little enough is unsent; false if the peer has stopped reading. */
  drained(): Promise<boolean>;
  /** Ends the connection; the first cause counts. */
  disconnect(disconnect: Disconnect): void;
}
