import { didYouMean } from "./did_you_mean.ts";
import type { SectionShape, Shape } from "./file_shape.ts";
import { fileShape, memberKey, placesOf } from "./file_shape.ts";
import { HIDDEN } from "./setting.ts";

/** What a configuration file says. */
export interface ConfigFile {
  /** As it was given; undefined where there is no file. */
  readonly path: string | undefined;
  /** By key, `channel.namespaces[1].history_size`. */
  readonly values: ReadonlyMap<string, unknown>;
  /** The keys of all objects in it. */
  readonly sections: ReadonlySet<string>;
}

/** No file. */
export const NO_FILE: ConfigFile = { path: undefined, values: new Map(), sections: new Set() };

/** How a value in a file is named: `midgard.json: client.ping_interval`. */
export function fileSource(path: string | undefined, key: string): string {
  return path === undefined ? key : `${path}: ${key}`;
}

/** A file's text, and where it is from. */
export interface ConfigText {
  readonly path: string;
  readonly text: string;
}

/**
 * Reads a configuration file: JSON with comments, every key and type checked. What is wrong is
 * added to `problems`, and left out of what is given; undefined if it is no JSON at all.
 */
export async function parseConfigFile(
  { path, text }: ConfigText,
  problems: string[],
): Promise<ConfigFile | undefined> {
  // Not before it is needed: most servers start without a file.
  const { parse } = await import("@std/jsonc");
  let json: unknown;
  try {
    json = parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    problems.push(notJson({ path, text }, error));
    return undefined;
  }
  const reader = new FileReader(path, problems);
  reader.read(fileShape(), json, "");
  return reader;
}

/** Says where, and not what: the place may hold a secret. */
function notJson({ path, text }: ConfigText, error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  const position = / at position (\d+)$/.exec(message)?.[1];
  const before = text.slice(0, position === undefined ? text.length : Number(position));
  const lines = before.split(/\r\n|\n|\r/);
  const place = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
  const what = position === undefined ? "it ends or breaks off" : "something is wrong";
  return `Cannot start as "${path}" must be JSON: ${what} at ${place}`;
}

class FileReader implements ConfigFile {
  readonly path: string;
  readonly values = new Map<string, unknown>();
  readonly sections = new Set<string>();
  readonly #problems: string[];

  constructor(path: string, problems: string[]) {
    this.path = path;
    this.#problems = problems;
  }

  read(shape: Shape, json: unknown, key: string): void {
    switch (shape.kind) {
      case "value":
        return this.#readValue(shape.setting, json, key);
      case "section":
        return this.#readSection(shape, json, key);
      case "list":
        if (!Array.isArray(json)) return this.#refuse(key, "must be a list of objects");
        for (const [index, item] of json.entries()) this.read(shape.item, item, `${key}[${index}]`);
    }
  }

  #readValue({ type, isSecret }: SettingOf, json: unknown, key: string): void {
    const parsed = type.read(json);
    if (parsed.kind === "value") {
      this.values.set(key, parsed.value);
      return;
    }
    const told = typeof json === "string" ? type.conceal?.(json) ?? json : json;
    const shown = isSecret === true ? HIDDEN : shownValue(told);
    this.#refuse(key, `must be ${parsed.rule}: current value is ${shown}`);
  }

  #readSection(shape: SectionShape, json: unknown, key: string): void {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      return this.#refuse(key, "must be an object, in braces");
    }
    this.sections.add(key);
    for (const [name, value] of Object.entries(json)) {
      const member = shape.members.get(name);
      const memberAt = memberKey(key, name);
      if (member === undefined) {
        this.#refuse(memberAt, `is not a key: ${hint(shape, memberAt, name)}`);
      } else this.read(member, value, memberAt);
    }
    for (const name of shape.required) {
      if (!Object.hasOwn(json, name)) this.#refuse(memberKey(key, name), "must be given");
    }
  }

  #refuse(key: string, sentence: string): void {
    const source = key === "" ? this.path : fileSource(this.path, key);
    this.#problems.push(`Cannot start as "${source}" ${sentence}`);
  }
}

/** A whole section in a value's place may hold secrets. */
function shownValue(json: unknown): string {
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  return isObject ? "an object" : JSON.stringify(json);
}

type SettingOf = Extract<Shape, { kind: "value" }>["setting"];

/** A key beside it that is spelled alike, or one elsewhere that has the same name. */
function hint(shape: SectionShape, key: string, name: string): string {
  const parent = key.slice(0, key.length - name.length);
  const near = didYouMean(name, [...shape.members.keys()]);
  if (near !== undefined) return `did you mean ${parent}${near}`;
  const elsewhere = placesOf(fileShape()).find(([known]) => known.endsWith(`.${name}`));
  if (elsewhere !== undefined) return `did you mean ${elsewhere[0]}`;
  return "midgard config --schema prints all that there are";
}
