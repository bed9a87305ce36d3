/** A raw peer that speaks the Centrifuge protocol as JSON, and remembers what it published. */
import { encodeFrame, OPCODE, textOf } from "./frames.ts";
import { type PeerOptions, RawPeer } from "./raw_peer.ts";

/** Options of a peer. */
export interface RawCentrifugePeerOptions extends Omit<PeerOptions, "path" | "closeReply"> {
  /** What it still does when the server's Close has come, before it answers. */
  readonly beforeClose?: (peer: RawCentrifugePeer) => void | Promise<void>;
}

/** What goes into one frame. */
export interface CommandFrame {
  /** A connect command, first of all. */
  readonly connect?: { readonly token?: string };
  /** A subscribe command for `channel`, after it. */
  readonly subscribe?: Readonly<Record<string, unknown>>;
  /** Whether there is an unsubscribe command for `channel`. */
  readonly unsubscribe?: boolean;
  readonly channel?: string;
  /** One publish command each. */
  readonly publish?: readonly string[];
}

/** A line of the server, read leniently: a test looks at what it is about. */
// deno-lint-ignore no-explicit-any
export type Line = any;

/** One connection to `/connection/websocket`. */
export class RawCentrifugePeer implements Disposable {
  readonly raw: RawPeer;
  /** What was published with each frame, in the order of the frames. */
  readonly #frames: (readonly string[])[] = [];
  #lastId = 0;

  private constructor(raw: RawPeer) {
    this.raw = raw;
  }

  /** Connects and upgrades; no command is sent yet. */
  static async open(
    { beforeClose, ...options }: RawCentrifugePeerOptions,
  ): Promise<RawCentrifugePeer> {
    const raw = await RawPeer.connect({ ...options, path: "/connection/websocket" });
    const peer = new RawCentrifugePeer(raw);
    if (beforeClose !== undefined) {
      const reply = async () => {
        await beforeClose(peer);
        const [close] = raw.closeFrames;
        await raw.close(close?.code ?? undefined, close?.reason);
      };
      raw.closeReply = { kind: "custom", reply };
    }
    return peer;
  }

  /** Whether the server's Close has come. */
  get isClosing(): boolean {
    return this.raw.closeFrames.length > 0;
  }

  /** What was published before this peer's own Close: exactly what the server must process. */
  get published(): string[] {
    return this.#frames.slice(0, this.raw.sentBeforeClose).flat();
  }

  /** Everything that the server has said. */
  get lines(): Line[] {
    const lines = this.raw.messages.flatMap((frame) => textOf(frame).split("\n"));
    return lines.map((line) => JSON.parse(line));
  }

  /** Sends one frame. */
  send(frame: CommandFrame): Promise<boolean> {
    const { connect, subscribe, unsubscribe, channel, publish = [] } = frame;
    const commands: Record<string, unknown>[] = [];
    if (connect !== undefined) commands.push({ connect });
    if (subscribe !== undefined) commands.push({ subscribe: { channel, ...subscribe } });
    if (unsubscribe === true) commands.push({ unsubscribe: { channel } });
    for (const data of publish) commands.push({ publish: { channel, data } });
    const lines = commands.map((command) => JSON.stringify({ id: ++this.#lastId, ...command }));
    this.#frames.push(publish);
    return this.raw.send(encodeFrame(OPCODE.text, lines.join("\n")), { messages: 1 });
  }

  /** Waits for a line, past or to come. */
  async line(what: string, isIt: (line: Line) => boolean): Promise<Line> {
    await this.raw.until(() => this.lines.some(isIt), { what });
    return this.lines.find(isIt);
  }

  /** Sends a first frame and waits until it is connected, and subscribed if it asked for that. */
  async connect(frame: CommandFrame = {}): Promise<void> {
    await this.send({ connect: {}, ...frame });
    await this.line("the connect reply", (line) => line.connect !== undefined);
    if (frame.subscribe === undefined) return;
    await this.line("the subscribe reply", (line) => line.subscribe !== undefined);
  }

  [Symbol.dispose](): void {
    this.raw.abort();
  }
}
