import { format } from "@std/fmt/bytes";

/** Two columns: nested names are joined, `_s` and `bytes` are shown with their units. */
export function table(answer: unknown): string {
  const rows = rowsOf(answer, "");
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}

function rowsOf(value: unknown, name: string): [string, string][] {
  if (typeof value === "object" && value !== null) {
    const prefix = name === "" ? "" : `${name} `;
    return Object.entries(value).flatMap(([key, inner]) => rowsOf(inner, `${prefix}${key}`));
  }
  if (name.endsWith("bytes")) {
    return [[words(name.replace(/ bytes$/, " size")), format(Number(value), { binary: true })]];
  }
  if (name.endsWith("_s")) return [[words(name.slice(0, -2)), `${value} s`]];
  return [[words(name), String(value)]];
}

function words(name: string): string {
  return name.replaceAll("_", " ");
}
