/** A client of the Centrifuge protocol that says exactly what a test lets it say. */
import {
  type Fields,
  openWire,
  type Wire,
  type WireEnding,
  type WireOptions,
} from "./centrifuge_wire.ts";
import { waitFor, within } from "./wait.ts";

/** What became of a command. */
export type Answer =
  | { readonly kind: "result"; readonly result: Fields }
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  /** The connection ended first. */
  | { readonly kind: "ended"; readonly code: number; readonly reason: string };

/** What the server said without being asked. */
export interface PeerPush {
  readonly channel: string;
  /** `pub`, `join`, `unsubscribe` and so on. */
  readonly kind: string;
  readonly body: Fields;
}

/** Where and how to connect. */
export interface CentrifugePeerOptions extends Pick<WireOptions, "port" | "protocol" | "query"> {
  /** The connect command. */
  readonly connect: Fields;
  /** Commands that are sent behind it, in the same frame. */
  readonly behind?: readonly Fields[];
}

/** An answer in one word, to compare: `ok`, the code of an error, or that of the end. */
export function outcomeOf(answer: Answer): string {
  return answer.kind === "result" ? "ok" : `${answer.kind} ${answer.code}`;
}

/** One connection. Dispose of it with `using`. */
export class CentrifugePeer implements Disposable {
  /** In order. */
  readonly pushes: PeerPush[] = [];
  /** Resolves when the connection has ended. */
  readonly ended: Promise<WireEnding>;
  /** What became of the connect command. */
  connected: Answer = { kind: "ended", code: 0, reason: "" };
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  readonly #end = Promise.withResolvers<WireEnding>();
  #ending: WireEnding | undefined;
  #wire: Wire | undefined;
  #lastId = 1;

  private constructor() {
    this.ended = this.#end.promise;
  }

  /** Connects, and waits for what becomes of it. */
  static async open(
    { connect, behind = [], ...where }: CentrifugePeerOptions,
  ): Promise<CentrifugePeer> {
    const peer = new CentrifugePeer();
    const answer = peer.#expect(1);
    peer.#wire = await openWire({
      ...where,
      first: [{ id: 1, connect }, ...behind],
      onReply: (reply) => peer.#take(reply),
      onEnd: (ending) => peer.#ended(ending),
    });
    peer.connected = await within(answer, { what: `the connect reply by ${where.protocol}` });
    return peer;
  }

  /** Whether the connection has ended. */
  get hasEnded(): boolean {
    return this.#ending !== undefined;
  }

  /** What the connect reply said; throws if there was none. */
  get result(): Fields {
    if (this.connected.kind === "result") return this.connected.result;
    throw new Error(`Cannot connect: ${JSON.stringify(this.connected)}`);
  }

  /** Sends one command and waits for what becomes of it. */
  async ask(method: string, params: Fields): Promise<Answer> {
    const id = ++this.#lastId;
    const answer = this.#expect(id);
    this.#wire?.send([{ id, [method]: params }]);
    return await within(answer, { what: `the answer to ${method} ${JSON.stringify(params)}` });
  }

  /** Sends commands as they are, in one frame. */
  send(...commands: Fields[]): void {
    this.#wire?.send(commands);
  }

  /** The pushes about a channel, of one kind. */
  pushed(kind: string, channel = ""): Fields[] {
    return this.pushes.filter((push) => push.kind === kind && push.channel === channel)
      .map(({ body }) => body);
  }

  /** Waits for so many pushes of a kind about a channel. */
  async until(kind: string, channel = "", count = 1): Promise<Fields[]> {
    await waitFor(() => this.pushed(kind, channel).length >= count, {
      what: `${count} × ${kind} about "${channel}"`,
      explain: () => JSON.stringify({ pushes: this.pushes, ending: this.#ending }),
    });
    return this.pushed(kind, channel);
  }

  close(): void {
    this.#wire?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #expect(id: number): Promise<Answer> {
    if (this.#ending !== undefined) return Promise.resolve({ kind: "ended", ...this.#ending });
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    return waiting.promise;
  }

  #take(reply: Fields): void {
    const { id = 0, push, error, ...results } = reply as {
      readonly id?: number;
      readonly push?: Fields;
      readonly error?: { readonly code: number; readonly message: string };
      readonly [method: string]: unknown;
    };
    if (push !== undefined) return this.#takePush(push);
    if (id === 0) return this.send({});
    const [result = {}] = Object.values(results) as Fields[];
    const answer: Answer = error === undefined
      ? { kind: "result", result }
      : { kind: "error", code: error.code, message: error.message };
    this.#waiting.get(id)?.resolve(answer);
    this.#waiting.delete(id);
  }

  #takePush({ channel = "", ...kinds }: Fields): void {
    for (const [kind, body] of Object.entries(kinds)) {
      this.pushes.push({ channel: channel as string, kind, body: body as Fields });
    }
  }

  /** The first one tells why; a stream ends once more behind it. */
  #ended(ending: WireEnding): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    for (const waiting of this.#waiting.values()) waiting.resolve({ kind: "ended", ...ending });
    this.#waiting.clear();
    this.#end.resolve(ending);
  }
}
