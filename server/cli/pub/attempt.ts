import type { Position } from "../../publication.ts";
import { retryAfterMs } from "../patience.ts";
import type { ToldRefusal } from "../refusal.ts";
import { answeredJson, refusalOf } from "../refusal.ts";
import { failureOf, isLasting } from "../trust.ts";

/** What came of sending once. */
export type Attempt =
  /** `position` is that of the last message. */
  | { readonly kind: "stored"; readonly position: Position }
  /** It will be refused again. `problem` is the end of a sentence. */
  | { readonly kind: "refused"; readonly problem: string; readonly line?: number }
  | {
    readonly kind: "failed";
    readonly problem: string;
    /** Milliseconds that the server asks to wait. */
    readonly askedMs: number;
    /** Whether it may be stored all the same. */
    readonly isUncertain: boolean;
    /** Whether waiting does not help. */
    readonly isLasting: boolean;
  };

/** What messages are, each or all together. */
export type PubFormat = "text" | "json" | "binary";

/** What is sent. */
export interface PubRequest {
  readonly format: PubFormat;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Trusts a private authority; undefined for the public ones. */
  readonly client: Deno.HttpClient | undefined;
}

const ANSWER_TIMEOUT_MS = 15_000;

/** Answers that will change: those of a Midgard, and of proxies before one that is away. */
const PASSING = [408, 429, 500, 502, 503, 504];
/** Those of them after which nothing is stored for sure. */
const CERTAIN = [408, 429, 503];

/** Sends once; never rejects. */
export async function attempt(request: PubRequest): Promise<Attempt> {
  const { url, headers, body, client, format } = request;
  try {
    const response = await fetch(url, {
      ...{ method: "POST", headers, body, redirect: "manual" },
      ...(client !== undefined && { client }),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    return answerOf(response, await answeredJson(response), format);
  } catch (error) {
    const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
    const problem = isTimeout
      ? `no answer within ${ANSWER_TIMEOUT_MS / 1_000} s`
      : failureOf(error);
    const wasSent = isTimeout || problem !== "nothing listens there";
    return {
      ...{ kind: "failed", problem, askedMs: 0 },
      ...{ isUncertain: wasSent && !isLasting(error), isLasting: isLasting(error) },
    };
  }
}

function answerOf(response: Response, body: unknown, format: PubFormat): Attempt {
  const { status } = response;
  const refusal = refusalOf(body);
  if (status === 200) {
    const position = positionOf(body);
    if (position !== undefined) return { kind: "stored", position };
    return { kind: "refused", problem: "what answers is no Midgard" };
  }
  const problem = refusal === undefined
    ? `it answers with HTTP ${status}`
    : sentenceOf(refusal, format);
  if (!PASSING.includes(status)) {
    return { kind: "refused", problem, ...(refusal?.line !== undefined && { line: refusal.line }) };
  }
  const isUncertain = !CERTAIN.includes(status) || refusal === undefined;
  return {
    ...{ kind: "failed", problem, askedMs: retryAfterMs(response) },
    ...{ isUncertain, isLasting: false },
  };
}

function positionOf(body: unknown): Position | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { epoch, offset } = body as Readonly<Record<string, unknown>>;
  const isPosition = typeof epoch === "string" && typeof offset === "number";
  return isPosition ? { epoch, offset } : undefined;
}

/** In the words of somebody who publishes, not of one who sends requests. */
function sentenceOf({ code, message }: ToldRefusal, format: PubFormat): string {
  if (code === "bad_body") return NOT_AS_SAID[format];
  if (code === "too_large") return "the message is larger than the server takes";
  return message;
}

const NOT_AS_SAID: Readonly<Record<PubFormat, string>> = {
  text: "it is no text in UTF-8, or the channel takes nothing but JSON: see --json and --binary",
  json: "it is no JSON, or not of the kind that the channel takes",
  binary: "the channel takes nothing but JSON",
};
