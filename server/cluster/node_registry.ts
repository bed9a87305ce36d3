import type { NodeInfo } from "./node_info.ts";
import { decodeNodeInfo } from "./node_info.ts";
import type { Wheel } from "./wheel.ts";

/** Where nodes say that they live. Each call rejects within seconds where it cannot be carried out. */
export interface NodeTable {
  /** Says that a node lives for another while; gives what each that lives has said last, by its id. */
  beat(uid: string, about: string, ttlMs: number): Promise<ReadonlyMap<string, string>>;
  /** The node lives no more. */
  remove(uid: string): Promise<void>;
}

/** Options of {@linkcode NodeRegistry}. */
export interface NodeRegistryOptions {
  readonly table: NodeTable;
  readonly wheel: Wheel;
  /** This node's id. */
  readonly uid: string;
  /** What this node says of itself; not asked before the start. */
  readonly self: () => NodeInfo;
  /** Told of another node that came, or that was not heard of any more or said goodbye. */
  readonly onNode: (uid: string, event: "joined" | "gone") => void;
  /** Told with the reason when nothing is heard of the table, and with undefined when it is back. */
  readonly onCutOff: (reason: unknown) => void;
  /** From 0 to 1: spreads the beats of many nodes. @default Math.random */
  readonly random?: () => number;
}

/** How often a node says that it lives; Centrifugo's interval. */
export const BEAT_MS = 3_000;

/** A node that has missed three beats is gone. */
export const NODE_TTL_MS = 3 * BEAT_MS + 1_000;

/** Which nodes live, as of this node's last beat. */
export class NodeRegistry {
  readonly #options: NodeRegistryOptions;
  readonly #uid: string;
  #others: ReadonlyMap<string, NodeInfo> = new Map();
  #isCutOff = false;
  #isStopped = false;
  #beating: Promise<void> | undefined;
  #timer: { cancel(): void } | undefined;

  constructor(options: NodeRegistryOptions) {
    this.#options = options;
    this.#uid = options.uid;
  }

  /** The other nodes, by their ids. While the table cannot be asked, those that lived before. */
  get others(): ReadonlyMap<string, NodeInfo> {
    return this.#others;
  }

  /** Whether the last beat was not heard. */
  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  /** Beats now, and from now on by itself. Never rejects: see {@linkcode isCutOff}. */
  async start(): Promise<void> {
    await this.refresh();
    this.#next();
  }

  /** Beats now, or waits for the beat under way. */
  refresh(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => this.#beating = undefined);
    return this.#beating;
  }

  /** Says goodbye. Safe to call twice. @throws {Error} if that cannot be said: then it expires */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#beating;
    await this.#options.table.remove(this.#uid);
  }

  #next(): void {
    if (this.#isStopped) return;
    const { wheel, random = Math.random } = this.#options;
    const jitter = 0.9 + 0.2 * random();
    this.#timer = wheel.schedule(BEAT_MS * jitter, () => {
      this.refresh().then(() => this.#next());
    });
  }

  async #beat(): Promise<void> {
    const { table, self } = this.#options;
    try {
      const living = await table.beat(this.#uid, JSON.stringify(self()), NODE_TTL_MS);
      this.#take(living);
      this.#cutOff(undefined);
    } catch (error) {
      this.#cutOff(error);
    }
  }

  #take(living: ReadonlyMap<string, string>): void {
    const others = new Map<string, NodeInfo>();
    for (const [uid, text] of living) {
      const info = decodeNodeInfo(text);
      if (uid !== this.#uid && info !== undefined) others.set(uid, info);
    }
    const before = this.#others;
    this.#others = others;
    const { onNode } = this.#options;
    for (const uid of others.keys()) if (!before.has(uid)) onNode(uid, "joined");
    for (const uid of before.keys()) if (!others.has(uid)) onNode(uid, "gone");
  }

  #cutOff(error: unknown): void {
    const isCutOff = error !== undefined;
    if (this.#isCutOff === isCutOff) return;
    this.#isCutOff = isCutOff;
    this.#options.onCutOff(error);
  }
}
