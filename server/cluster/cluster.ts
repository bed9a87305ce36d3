import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import type { LocalMembers, Members, Notice, Presence } from "../hub/mod.ts";
import { COUNT, isObject, parseJson, readFields, TEXT } from "../protocol/mod.ts";
import type { Bus } from "./bus.ts";
import { EVERYONE, topicOfNode } from "./bus.ts";
import type { Message } from "./message.ts";
import { decodeMessage, encodeMessage } from "./message.ts";
import type { NodeInfo } from "./node_info.ts";
import type { NodeTable } from "./node_registry.ts";
import { NodeRegistry } from "./node_registry.ts";
import type { PresenceStore } from "./presence_store.ts";
import { PresenceWriter } from "./presence_writer.ts";
import { Questions } from "./questions.ts";
import { SharedMembers } from "./shared_members.ts";
import type { Wheel } from "./wheel.ts";

/** What other nodes may ask of this one, and what this one says of itself. */
export interface LocalNode {
  readonly uid: string;
  readonly info: () => NodeInfo;
  readonly members: LocalMembers;
  readonly presence: Presence;
  /** Tells those here who want to know. */
  readonly announce: (notice: Notice) => void;
  /** How many subscribers each channel here has that matches a pattern; all do if it is empty. */
  readonly channels: (pattern: string) => Readonly<Record<string, number>>;
  /** Carries out a call of the server API for the clients here. */
  readonly carryOut: (method: string, body: string) => Promise<void>;
  /** Hands a stream's client what it sent beside its stream; false if nothing is taken any more. */
  readonly emulate: (stream: string, data: string | Uint8Array<ArrayBuffer>) => boolean;
}

/** What several nodes meet over. */
export interface MeetingPlace {
  readonly bus: Bus;
  readonly table: NodeTable;
  readonly store: PresenceStore;
  /** Calls back after each loss that was made good: what was stored may be gone. */
  readonly onReturn: (listener: () => void) => void;
}

/** Options of {@linkcode Cluster}. */
export interface ClusterOptions extends MeetingPlace {
  readonly node: LocalNode;
  readonly wheel: Wheel;
  readonly onNode: (uid: string, event: "joined" | "gone") => void;
  /** Told with the reason when the others cannot be reached, and with undefined when they can. */
  readonly onCutOff: (reason: unknown) => void;
  /** Told of single failures; each is counted as well. */
  readonly onError: (error: unknown) => void;
}

/** An answer for all nodes, and the ids of those that it lacks. */
export interface FromAll<T> {
  readonly value: T;
  readonly missing: readonly string[];
}

/** What became of something that was to be handed to another node. */
export type Handed = "taken" | "refused" | "unknown" | "unanswered";

const EMULATION = { stream: TEXT, text: TEXT, b64: TEXT };

/** This node among the others that share its history. */
export class Cluster {
  /** Who is in which channel, on all nodes. */
  readonly members: Members;
  readonly #options: ClusterOptions;
  readonly #registry: NodeRegistry;
  readonly #writer: PresenceWriter;
  readonly #questions: Questions;
  #failures = 0;

  constructor(options: ClusterOptions) {
    const { node, bus, table, store, wheel } = options;
    this.#options = options;
    const onError = (error: unknown) => this.#failed(error);
    this.#writer = new PresenceWriter({ store, presence: node.presence, wheel, onError });
    this.#registry = new NodeRegistry({
      ...{ table, wheel, uid: node.uid, self: node.info, onNode: options.onNode },
      onCutOff: (reason) => {
        options.onCutOff(reason);
        if (reason === undefined) this.#writer.renew();
      },
    });
    options.onReturn(() => {
      this.#writer.renew();
      this.#registry.refresh();
    });
    this.#questions = new Questions({ bus, wheel, uid: node.uid, onError });
    this.members = new SharedMembers({
      ...{ uid: node.uid, local: node.members, bus, store, writer: this.#writer, onError },
      others: () => this.isCutOff ? [] : [...this.#registry.others.keys()],
      announce: node.announce,
    });
  }

  /** Whether the others cannot be reached: then what is told is true of this node only. */
  get isCutOff(): boolean {
    return this.#registry.isCutOff;
  }

  /** Nodes that live, with this one. */
  get size(): number {
    return this.#registry.others.size + 1;
  }

  /** What could not be sent, asked or written since the start. */
  get failures(): number {
    return this.#failures;
  }

  /** Makes itself known, and listens. Never rejects: see {@linkcode isCutOff}. */
  async start(): Promise<void> {
    const { bus, node } = this.#options;
    const onMessage = (text: string) => this.#received(text);
    bus.subscribe(EVERYONE, onMessage);
    bus.subscribe(topicOfNode(node.uid), onMessage);
    await this.#registry.start();
    this.#writer.start();
  }

  /** Says goodbye, once nobody is connected any more. Never rejects: what is left behind expires. */
  async stop(): Promise<void> {
    const { bus, node } = this.#options;
    bus.unsubscribe(EVERYONE);
    bus.unsubscribe(topicOfNode(node.uid));
    try {
      await this.#writer.stop();
      await this.#registry.stop();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** What every node says of itself; of others as of their last beat. */
  async info(): Promise<FromAll<readonly NodeInfo[]>> {
    await this.#registry.refresh();
    const { others } = this.#registry;
    const self = this.#options.node.info();
    if (this.isCutOff) return { value: [self], missing: [...others.keys()] };
    return { value: [self, ...others.values()], missing: [] };
  }

  /** Subscribers of channels on all nodes. */
  async channels(pattern: string): Promise<FromAll<Readonly<Record<string, number>>>> {
    const nodes = [...this.#registry.others.keys()];
    const sums = new Map(Object.entries(this.#options.node.channels(pattern)));
    if (this.isCutOff) return { value: Object.fromEntries(sums), missing: nodes };
    const missing: string[] = [];
    await Promise.all(nodes.map(async (node) => {
      const answered = await this.#questions.ask(node, "channels", pattern);
      const there = answered.kind === "answer" ? parseJson(answered.body) : undefined;
      // Who has just gone has no channels.
      if (!isObject(there)) return answered.kind === "unknown" || missing.push(node);
      for (const [channel, count] of Object.entries(there)) {
        sums.set(channel, (sums.get(channel) ?? 0) + Number(COUNT(count, "", []) ?? 0));
      }
    }));
    return { value: Object.fromEntries(sums), missing };
  }

  /** Has every other node carry out a call for its own clients; false if they cannot be told. */
  async tell(method: string, body: string): Promise<boolean> {
    const { bus, node: { uid: from } } = this.#options;
    try {
      await bus.publish(EVERYONE, encodeMessage({ kind: "call", from, method, body }));
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  /** Hands what a client sent beside its stream to the node that holds the stream. */
  async emulate(
    node: string,
    stream: string,
    data: string | Uint8Array<ArrayBuffer>,
  ): Promise<Handed> {
    if (this.isCutOff) return "unanswered";
    if (!this.#registry.others.has(node)) await this.#registry.refresh();
    if (!this.#registry.others.has(node)) return this.isCutOff ? "unanswered" : "unknown";
    const sent = typeof data === "string" ? { text: data } : { b64: encodeBase64(data) };
    const answered = await this.#questions.ask(
      ...[node, "emulate", JSON.stringify({ stream, ...sent })] as const,
    );
    if (answered.kind !== "answer") return answered.kind;
    return answered.body === "taken" ? "taken" : "refused";
  }

  #received(text: string): void {
    const message = decodeMessage(text);
    if (message === undefined || message.from === this.#options.node.uid) return;
    switch (message.kind) {
      case "answer":
        return this.#questions.answered(message);
      case "ask":
        return void this.#answer(message);
      case "call":
        return void this.#carryOut(message);
      case "join":
      case "leave":
        // Of a channel's topic, which the members listen to.
        return;
    }
  }

  async #carryOut({ method, body }: Message & { kind: "call" }): Promise<void> {
    try {
      await this.#options.node.carryOut(method, body);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #answer(question: Message & { kind: "ask" }): Promise<void> {
    try {
      await this.#questions.answer(question, this.#answerTo(question));
    } catch (error) {
      this.#failed(error);
    }
  }

  #answerTo({ method, body }: Message & { kind: "ask" }): string {
    const { node } = this.#options;
    // A method of a later version has no answer here.
    if (method === "channels") return JSON.stringify(node.channels(body));
    if (method !== "emulate") return "";
    const value = parseJson(body);
    const sent = isObject(value) ? readFields(value, EMULATION, body) : undefined;
    if (sent === undefined) return "";
    const { stream = "", text, b64 = "" } = sent as Partial<Record<keyof typeof EMULATION, string>>;
    return node.emulate(stream, text ?? decodeBase64(b64)) ? "taken" : "refused";
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    this.#options.onError(error);
  }
}
