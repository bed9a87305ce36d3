import type { Position } from "../../publication.ts";
import type { Patience } from "../patience.ts";
import type { Attempt, PubRequest } from "./attempt.ts";
import { attempt } from "./attempt.ts";

/** What came of sending, in the end. */
export type Sent =
  | { readonly kind: "stored"; readonly position: Position }
  /** `problem` is the end of a sentence. */
  | { readonly kind: "refused"; readonly problem: string; readonly line?: number }
  /** It did not work for as long as it was tried, or a signal came. */
  | { readonly kind: "unsent"; readonly problem: string; readonly isUncertain: boolean };

/** Options of {@linkcode PubSender}. */
export interface PubSenderOptions {
  /** Where to, as whom and of which type. */
  readonly request: Omit<PubRequest, "body">;
  readonly patience: Patience;
  /** Begins every idempotency key. */
  readonly keyPrefix: string;
  /** Milliseconds since 1970: time goes on while a process is stopped. @default Date.now */
  readonly now?: () => number;
  /** @default attempt */
  readonly send?: (request: PubRequest) => Promise<Attempt>;
}

/** A server remembers a key for five minutes: this leaves one for an answer that is late. */
const KEY_LIFE_MS = 240_000;

/** Sends one body after the other, each until it is stored, under a key of its own. */
export class PubSender {
  readonly #options: PubSenderOptions;
  #bodies = 0;
  #hasAnswered = false;

  constructor(options: PubSenderOptions) {
    this.#options = options;
  }

  /** Resolves once the body is stored, or will not be. */
  async send(body: Uint8Array<ArrayBuffer>): Promise<Sent> {
    const { request, patience, keyPrefix, now = Date.now, send = attempt } = this.#options;
    this.#bodies += 1;
    const headers = { ...request.headers, "idempotency-key": `${keyPrefix}-${this.#bodies}` };
    /** When it may first have been stored. */
    let uncertainSinceMs: number | undefined;
    while (true) {
      const sentAtMs = now();
      if (sentAtMs - (uncertainSinceMs ?? sentAtMs) > KEY_LIFE_MS) {
        const problem = "the server may have forgotten by now whether it has them";
        return { kind: "unsent", problem, isUncertain: true };
      }
      const tried = await send({ ...request, headers, body });
      if (tried.kind !== "failed") {
        this.#hasAnswered = true;
        patience.worked();
        return tried;
      }
      if (tried.isUncertain) uncertainSinceMs ??= sentAtMs;
      // Once there was an answer, the address is right: names and certificates come back as well.
      const isHopeless = tried.isLasting && !this.#hasAnswered;
      const isOver = isHopeless || !await patience.failed(tried.problem, tried.askedMs);
      if (!isOver) continue;
      const isUncertain = uncertainSinceMs !== undefined;
      return { kind: "unsent", problem: tried.problem, isUncertain };
    }
  }
}
