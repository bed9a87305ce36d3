import { shown } from "./figures.ts";
import type { Row } from "./row.ts";

const WIDTH = 720;
const BAR_HEIGHT = 22;
const ROW_HEIGHT = 80;
const MARGIN = 12;
const TITLE_HEIGHT = 32;

/** Room for the figure behind the longest bar. */
const FIGURE_WIDTH = 300;

/** Colours that differ in brightness too. */
const SUBJECT = "#1f5fa8";
const BASELINE = "#b0b8c1";

/** Letters of a caption that fit into a line. */
const CAPTION_LETTERS = 110;

/** Whole documents by file name: one for each benchmark, with a pair of bars for each row. */
export function charts(rows: readonly Row[]): Map<string, string> {
  const byBenchmark = Map.groupBy(rows, ({ benchmark }) => benchmark);
  return new Map(
    [...byBenchmark].map(([name, rows]) => [`${name}.svg`, chart(name, rows)]),
  );
}

function chart(name: string, rows: readonly Row[]): string {
  const height = TITLE_HEIGHT + rows.length * ROW_HEIGHT + MARGIN;
  const groups = rows.map((row, index) => group(row, TITLE_HEIGHT + index * ROW_HEIGHT));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ` +
    `font-family="sans-serif" font-size="12">\n` +
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>\n` +
    `<text x="${MARGIN}" y="20" font-size="15" font-weight="bold">${escaped(name)}: ` +
    `<tspan fill="${SUBJECT}">Midgard</tspan> beside its baseline</text>\n` +
    `${groups.join("\n")}\n</svg>\n`;
}

/** Bars of one row have one scale; rows have different units and share none. */
function group({ what, unit, beside, subject, baseline }: Row, top: number): string {
  const values = [subject.median, ...(baseline === undefined ? [] : [baseline.median])];
  const largest = Math.max(...values);
  const bars = values.map((value, index) => {
    const y = top + 18 + index * (BAR_HEIGHT + 4);
    const room = WIDTH - 2 * MARGIN - FIGURE_WIDTH;
    const width = largest > 0 ? Math.max(1, Math.round(value / largest * room)) : 1;
    const fill = index === 0 ? SUBJECT : BASELINE;
    const name = index === 0 || beside === undefined ? "" : `, ${beside}`;
    const figure = escaped(`${shown(value)} ${unit}${name}`);
    return `<rect x="${MARGIN}" y="${y}" width="${width}" height="${BAR_HEIGHT}" fill="${fill}"/>` +
      `<text x="${MARGIN + width + 6}" y="${y + 15}">${figure}</text>`;
  });
  const caption = what.length > CAPTION_LETTERS ? `${what.slice(0, CAPTION_LETTERS - 1)}…` : what;
  return `<g><title>${escaped(what)}</title>` +
    `<text x="${MARGIN}" y="${top + 12}" font-size="11" fill="#333">${escaped(caption)}</text>` +
    `${bars.join("")}</g>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
