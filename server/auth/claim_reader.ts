import { decodeBase64 } from "@std/encoding/base64";

/**
 * Reads an object of claims one by one. A claim that is not what it must be reads as absent, and
 * the first such is kept in {@linkcode fault}, so that many are read before one look at it.
 *
 * `null` reads as absent, as in Centrifugo.
 */
export class ClaimReader {
  readonly #claims: object;
  readonly #path: string;
  readonly #faults: string[];

  constructor(claims: object, path = "", faults: string[] = []) {
    this.#claims = claims;
    this.#path = path;
    this.#faults = faults;
  }

  /** What is wrong, as a sentence that holds no value; undefined while nothing is. */
  get fault(): string | undefined {
    return this.#faults[0];
  }

  /** Keeps that the claim breaks `rule`, which completes "must …". */
  refuse(name: string, rule: string): undefined {
    this.#faults.push(`claim "${this.#path}${name}" must ${rule}`);
    return undefined;
  }

  text(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === "string") return value;
    return this.refuse(name, "be a string");
  }

  /** A string or a whole number, as text. */
  id(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === "string") return value;
    // Above 2^53 the digits of two users could become the same number.
    if (Number.isSafeInteger(value)) return String(value);
    return this.refuse(name, "be a string or a whole number");
  }

  number(name: string): number | undefined {
    const value = this.#get(name);
    if (value === undefined || Number.isFinite(value)) return value as number | undefined;
    return this.refuse(name, "be a number");
  }

  /** A number of whole seconds, not below 0. */
  seconds(name: string): number | undefined {
    const value = this.number(name);
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
    return this.refuse(name, "be a whole number and not below 0");
  }

  boolean(name: string): boolean | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === "boolean") return value;
    return this.refuse(name, "be true or false");
  }

  /** Any JSON, as its text. */
  json(name: string): string | undefined {
    const value = this.#get(name);
    return value === undefined ? undefined : JSON.stringify(value);
  }

  /** The bytes of base64; an empty string reads as absent. */
  bytes(name: string): Uint8Array<ArrayBuffer> | undefined {
    const value = this.text(name);
    if (value === undefined || value === "") return undefined;
    try {
      return decodeBase64(value);
    } catch {
      return this.refuse(name, "be base64");
    }
  }

  texts(name: string): readonly string[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    this.refuse(name, "be a list of strings");
    return [];
  }

  /** One string, or a list of them. */
  textOrTexts(name: string): readonly string[] {
    const value = this.#get(name);
    return typeof value === "string" ? [value] : this.texts(name);
  }

  object(name: string): ClaimReader | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (isObject(value)) return new ClaimReader(value, `${this.#path}${name}.`, this.#faults);
    return this.refuse(name, "be an object");
  }

  /** The members of an object that are objects themselves, by name; absent ones are empty. */
  objects(name: string): readonly (readonly [string, ClaimReader])[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    if (
      !isObject(value) || !Object.values(value).every((item) => item === null || isObject(item))
    ) {
      this.refuse(name, "be an object of objects");
      return [];
    }
    // The names are the client's, so the path leaves them out.
    const path = `${this.#path}${name}.*.`;
    return Object.entries(value).map((
      [key, item],
    ) => [key, new ClaimReader(item ?? {}, path, this.#faults)]);
  }

  /** Own properties only: a claim named `constructor` is a claim. */
  #get(name: string): unknown {
    if (!Object.hasOwn(this.#claims, name)) return undefined;
    return (this.#claims as Record<string, unknown>)[name] ?? undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
