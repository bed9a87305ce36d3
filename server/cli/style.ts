/** How text is set off on a terminal; elsewhere it stays as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  bad(text: string): string;
}

/** The style of a stream that shows colours, or of one that does not (ECMA-48 8.3.117). */
export function styleOf(hasColour: boolean): Style {
  const sgr = (code: number, end: number) => (text: string) =>
    hasColour ? `\x1b[${code}m${text}\x1b[${end}m` : text;
  return { bold: sgr(1, 22), dim: sgr(2, 22), bad: sgr(31, 39) };
}
