import { decodeBase64 } from "@std/encoding/base64";

/** Options of {@linkcode ClaimReader}. */
export interface ClaimReaderOptions {
  /** Stands before the names of claims in what is told to be wrong. @default "" */
  readonly path?: string;
  /** Where that is kept. @default a list of its own */
  readonly faults?: string[];
  /** See `parseExactly`. @default the claims themselves */
  readonly exact?: object;
}

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
  /** The same claims, with numbers that `JSON.stringify` writes as they stood. */
  readonly #exact: object;

  constructor(claims: object, { path = "", faults = [], exact = claims }: ClaimReaderOptions = {}) {
    this.#claims = claims;
    this.#path = path;
    this.#faults = faults;
    this.#exact = exact;
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

  /** Any JSON, as its text: numbers stand in it as the token has them. */
  json(name: string): string | undefined {
    const value = this.#get(name);
    return value === undefined ? undefined : JSON.stringify(memberOf(this.#exact, name));
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
    if (isObject(value)) {
      const [path, exact] = [`${this.#path}${name}.`, objectIn(this.#exact, name)];
      return new ClaimReader(value, { path, faults: this.#faults, exact });
    }
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
    const [path, faults] = [`${this.#path}${name}.*.`, this.#faults];
    const all = objectIn(this.#exact, name);
    return Object.entries(value).map(([key, item]) => {
      return [key, new ClaimReader(item ?? {}, { path, faults, exact: objectIn(all, key) })];
    });
  }

  /** Own properties only: a claim named `constructor` is a claim. */
  #get(name: string): unknown {
    return memberOf(this.#claims, name) ?? undefined;
  }
}

function memberOf(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

function objectIn(object: object, name: string): object {
  const value = memberOf(object, name);
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
