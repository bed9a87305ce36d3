import type { Bus } from "./bus.ts";
import { topicOfNode } from "./bus.ts";
import type { AskedMethod, Message } from "./message.ts";
import { encodeMessage } from "./message.ts";
import type { Wheel } from "./wheel.ts";

/** What became of a question. */
export type Answered =
  | { readonly kind: "answer"; readonly body: string }
  /** Nobody listens under that id. */
  | { readonly kind: "unknown" }
  /** No answer in time, the node cannot be reached, or too much waits for answers already. */
  | { readonly kind: "unanswered" };

/** Options of {@linkcode Questions}. */
export interface QuestionsOptions {
  readonly bus: Bus;
  readonly wheel: Wheel;
  /** This node's id. */
  readonly uid: string;
  /** How long an answer is waited for. @default 3000 */
  readonly timeoutMs?: number;
  /** How many may wait for an answer. @default 4096 */
  readonly maxPending?: number;
  /** Told what could not be sent. */
  readonly onError: (error: unknown) => void;
}

/** Questions to single nodes, each with one answer within a bounded time. */
export class Questions {
  readonly #options: QuestionsOptions;
  readonly #pending = new Map<number, (answered: Answered) => void>();
  #lastId = 0;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  /** How many wait for an answer. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Asks a node. Never rejects. */
  ask(node: string, method: AskedMethod, body: string): Promise<Answered> {
    const { wheel, uid: from, timeoutMs = 3_000, maxPending = 4_096 } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Answered>();
    if (this.#pending.size >= maxPending) resolve({ kind: "unanswered" });
    else {
      this.#lastId += 1;
      const id = this.#lastId;
      const timer = wheel.schedule(timeoutMs, () => this.#settle(id, { kind: "unanswered" }));
      this.#pending.set(id, (answered) => {
        timer.cancel();
        resolve(answered);
      });
      this.#send(node, { kind: "ask", from, id, method, body });
    }
    return promise;
  }

  /** An answer came in; one that nobody waits for any more is dropped. */
  answered({ id, body }: { readonly id: number; readonly body: string }): void {
    this.#settle(id, { kind: "answer", body });
  }

  /** Answers a question of another node. */
  async answer({ from: node, id }: Message & { kind: "ask" }, body: string): Promise<void> {
    const { bus, uid: from, onError } = this.#options;
    try {
      await bus.publish(topicOfNode(node), encodeMessage({ kind: "answer", from, id, body }));
    } catch (error) {
      onError(error);
    }
  }

  async #send(node: string, question: Message & { kind: "ask" }): Promise<void> {
    const { bus, onError } = this.#options;
    try {
      const listeners = await bus.publish(topicOfNode(node), encodeMessage(question));
      if (listeners === 0) this.#settle(question.id, { kind: "unknown" });
    } catch (error) {
      onError(error);
      this.#settle(question.id, { kind: "unanswered" });
    }
  }

  #settle(id: number, answered: Answered): void {
    const settle = this.#pending.get(id);
    this.#pending.delete(id);
    settle?.(answered);
  }
}
