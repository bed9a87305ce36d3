/** What the platform has and TypeScript does not know yet (TC39, JSON.parse source text access). */
interface SourceJson {
  parse(
    text: string,
    revive: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  /** An object that `JSON.stringify` writes as `text`. */
  rawJSON(text: string): object;
}

/**
 * Parses JSON so that `JSON.stringify` writes each number as it stood: those that would lose digits
 * become objects, which nothing else can read. Throws a SyntaxError for what is no JSON.
 */
export function parseExactly(text: string): unknown {
  const json: SourceJson = JSON as unknown as SourceJson;
  return json.parse(text, (_key, value, { source }) => {
    const isKept = typeof value !== "number" || source === undefined || String(value) === source;
    return isKept ? value : json.rawJSON(source);
  });
}
