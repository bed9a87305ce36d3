import { harmless } from "./harmless.ts";

/** A refusal as every answer of a Midgard tells it. */
export interface ToldRefusal {
  readonly code: string;
  readonly message: string;
  /** Line of the body that it is about, from 1. */
  readonly line: number | undefined;
}

/** No answer of a Midgard to these questions is larger; what is beyond may never end. */
const MAX_ANSWER_BYTES = 4 * 1_048_576;

/** The body of an answer as JSON; undefined if it is none, or of a size that no Midgard sends. */
export async function answeredJson({ body }: Response): Promise<unknown> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    parts.push(part);
    size += part.length;
    if (size > MAX_ANSWER_BYTES) return undefined;
  }
  return parsedJson(await new Blob(parts).text());
}

/** What a text is as JSON; undefined if it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a Midgard says in this body of an answer; undefined for a body of anybody else. */
export function refusalOf(body: unknown): ToldRefusal | undefined {
  if (typeof body !== "object" || body === null || !("error" in body)) return undefined;
  const { error } = body;
  if (typeof error !== "object" || error === null || !("message" in error)) return undefined;
  const { code, message, line } = error as Readonly<Record<string, unknown>>;
  return {
    code: String(code),
    message: harmless(String(message)),
    line: typeof line === "number" ? line : undefined,
  };
}
