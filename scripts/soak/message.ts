/** What is published: who sent it and the how manieth of his it is, in a word without a space. */

/** Makes a publication about as long as a chat message. */
const PADDING = ".".repeat(80);

/** The name of one publication: no other of the whole run has the same. */
export function idOf(publisher: string, serial: number): string {
  return `${publisher}/${serial}`;
}

/** The text that is published for an id. */
export function textOf(id: string): string {
  return `${id} ${PADDING}`;
}

/** The id in what a reader was given: as text, as JSON or as bytes of either. */
export function idIn(data: unknown): string {
  const text = data instanceof Uint8Array ? new TextDecoder().decode(data) : String(data);
  const unquoted = text.startsWith('"') ? text.slice(1) : text;
  return unquoted.split(" ", 1)[0] ?? "";
}

/** Who sent a publication, and the how manieth of his it is. */
export function partsOf(id: string): { readonly publisher: string; readonly serial: number } {
  const at = id.lastIndexOf("/");
  return { publisher: id.slice(0, at), serial: Number(id.slice(at + 1)) };
}
