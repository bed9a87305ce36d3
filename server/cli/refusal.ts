/** A refusal as every answer of a Midgard tells it. */
export interface ToldRefusal {
  readonly code: string;
  readonly message: string;
  /** Line of the body that it is about, from 1. */
  readonly line: number | undefined;
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
    message: String(message),
    line: typeof line === "number" ? line : undefined,
  };
}
