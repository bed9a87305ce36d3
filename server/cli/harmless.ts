/**
 * Control characters but tab and newline, and those that change the direction of text (Unicode
 * UAX 9): a text of others could otherwise move the cursor, or show what it does not say.
 */
const CONTROL = /(?![\t\n])\p{Cc}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text with escapes in place of what a terminal would obey. */
export function harmless(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/** JSON that means the same; a carriage return can only stand between its parts. */
export function harmlessJson(json: string): string {
  return json.replace(CONTROL, (character) => {
    return character === "\r" ? " " : `\\u${hex(character.charCodeAt(0), 4)}`;
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
