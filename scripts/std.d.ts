/**
 * Types of the `@std` modules this project imports; those of `@std/http` are in std_http.d.ts.
 *
 * The import map takes `@std` from a mirror that ships JavaScript alone; without these two
 * files every import from it would be untyped. `compilerOptions.types` in deno.json loads them.
 * Only what the mirror exports may stand here; with `jsr:` specifiers in the import map both can go.
 */

declare module "@std/assert" {
  type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;
  type Falsy = false | 0 | 0n | "" | null | undefined;

  export class AssertionError extends Error {
    constructor(message: string, options?: ErrorOptions);
  }

  export function assert(expr: unknown, msg?: string): asserts expr;
  export function assertFalse(expr: unknown, msg?: string): asserts expr is Falsy;
  export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertStrictEquals<T>(
    actual: unknown,
    expected: T,
    msg?: string,
  ): asserts actual is T;
  export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertAlmostEquals(
    actual: number,
    expected: number,
    tolerance?: number,
    msg?: string,
  ): void;
  export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;
  export function assertGreater<T>(actual: T, expected: T, msg?: string): void;
  export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void;
  export function assertLess<T>(actual: T, expected: T, msg?: string): void;
  export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void;
  export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
  export function assertArrayIncludes<T>(
    actual: ArrayLike<T>,
    expected: ArrayLike<T>,
    msg?: string,
  ): void;
  export function assertObjectMatch(actual: object, expected: object, msg?: string): void;
  export function assertInstanceOf<T>(
    actual: unknown,
    expectedType: abstract new (...args: never[]) => T,
    msg?: string,
  ): asserts actual is T;
  export function assertNotInstanceOf<A, T>(
    actual: A,
    unexpectedType: abstract new (...args: never[]) => T,
    msg?: string,
  ): asserts actual is Exclude<A, T>;
  export function assertIsError<E extends Error = Error>(
    error: unknown,
    ErrorClass?: ErrorClass<E>,
    msgMatches?: string | RegExp,
    msg?: string,
  ): asserts error is E;

  export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
  export function assertRejects<E extends Error>(
    fn: () => PromiseLike<unknown>,
    ErrorClass: ErrorClass<E>,
    msgIncludes?: string,
    msg?: string,
  ): Promise<E>;
  export function assertThrows(fn: () => unknown, msg?: string): unknown;
  export function assertThrows<E extends Error>(
    fn: () => unknown,
    ErrorClass: ErrorClass<E>,
    msgIncludes?: string,
    msg?: string,
  ): E;

  export function equal(a: unknown, b: unknown): boolean;
  export function fail(msg?: string): never;
  export function unimplemented(msg?: string): never;
  export function unreachable(msg?: string): never;
}

declare module "@std/async" {
  export interface DelayOptions {
    signal?: AbortSignal;
    /** Whether the timer keeps the process alive. @default {true} */
    persistent?: boolean;
  }
  export interface DeadlineOptions {
    signal?: AbortSignal;
  }
  export interface RetryOptions {
    /** @default {2} */
    multiplier?: number;
    /** The longest wait, in milliseconds. @default {60_000} */
    maxTimeout?: number;
    /** @default {5} */
    maxAttempts?: number;
    /** The first wait, in milliseconds. @default {1_000} */
    minTimeout?: number;
    /** Share of a wait left to chance, 0 to 1. @default {1} */
    jitter?: number;
    isRetriable?: (error: unknown) => boolean;
  }
  export interface DebouncedFunction<T extends readonly unknown[]> {
    (...args: T): void;
    clear(): void;
    flush(): void;
    readonly pending: boolean;
  }
  type Branches<T, N extends number, R extends T[] = []> = number extends N ? T[]
    : R["length"] extends N ? R
    : Branches<T, N, [...R, T]>;

  export class RetryError extends Error {
    constructor(cause: unknown, attempts: number);
  }
  export class MuxAsyncIterator<T> implements AsyncIterable<T> {
    add(iterable: AsyncIterable<T>): void;
    iterate(): AsyncIterableIterator<T>;
    [Symbol.asyncIterator](): AsyncIterator<T>;
  }

  export function delay(ms: number, options?: DelayOptions): Promise<void>;
  export function deadline<T>(p: Promise<T>, ms: number, options?: DeadlineOptions): Promise<T>;
  export function abortable<T>(p: Promise<T>, signal: AbortSignal): Promise<T>;
  export function abortable<T>(p: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T>;
  export function debounce<T extends readonly unknown[]>(
    fn: (this: DebouncedFunction<T>, ...args: T) => void,
    wait: number,
  ): DebouncedFunction<T>;
  export function pooledMap<T, R>(
    poolLimit: number,
    array: Iterable<T> | AsyncIterable<T>,
    iteratorFn: (data: T) => Promise<R>,
  ): AsyncIterableIterator<R>;
  export function retry<T>(fn: () => Promise<T> | T, options?: RetryOptions): Promise<T>;
  export function tee<T, N extends number = 2>(
    iterable: AsyncIterable<T>,
    n?: N,
  ): Branches<AsyncIterable<T>, N>;
}

declare module "@std/cli/parse-args" {
  export interface ParseOptions<
    B extends string = string,
    S extends string = string,
    C extends string = string,
    D extends object = object,
    DD extends boolean = boolean,
  > {
    /** Whether the arguments after `--` are kept apart under that name. @default {false} */
    "--"?: DD;
    alias?: Readonly<Record<string, string | readonly string[]>>;
    boolean?: boolean | B | readonly B[];
    string?: S | readonly S[];
    collect?: C | readonly C[];
    negatable?: string | readonly string[];
    default?: D;
    stopEarly?: boolean;
    unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  }
  type Value<K, T, C, D> = K extends C ? T[]
    : K extends keyof D ? T | D[K]
    : T extends boolean ? T
    : T | undefined;
  export type Args<B extends string, S extends string, C extends string, D, DD> =
    & { [name: string]: unknown }
    & { _: (string | number)[] }
    & { [K in B]: Value<K, boolean, C, D> }
    & { [K in S]: Value<K, string, C, D> }
    & { [K in Exclude<C, B | S>]: unknown[] }
    & { [K in Exclude<keyof D, B | S | C>]: unknown }
    & (DD extends true ? { "--": string[] } : object);
  export function parseArgs<
    B extends string = never,
    S extends string = never,
    C extends string = never,
    D extends object = object,
    DD extends boolean = false,
  >(args: string[], options?: ParseOptions<B, S, C, D, DD>): Args<B, S, C, D, DD>;
}

declare module "@std/fmt/bytes" {
  export interface FormatOptions {
    bits?: boolean;
    binary?: boolean;
    signed?: boolean;
    locale?: boolean | string | string[];
    minimumFractionDigits?: number;
    maximumFractionDigits?: number;
  }
  export function format(num: number, options?: FormatOptions): string;
}

declare module "@std/media-types/content-type" {
  export function contentType(extensionOrType: string): string | undefined;
}

declare module "@std/crypto/timing-safe-equal" {
  /** Compares bytes of one length in a time that does not depend on them. */
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
}

declare module "@std/encoding/base64" {
  /** Base64 of bytes or of a text's UTF-8. */
  export function encodeBase64(data: ArrayBuffer | Uint8Array | string): string;
  /** The bytes that a Base64 text stands for. @throws {TypeError} on bad input. */
  export function decodeBase64(b64: string): Uint8Array<ArrayBuffer>;
}

declare module "@std/text/closest-string" {
  /** The word of a list that is most like the given one. @throws {Error} for an empty list. */
  export function closestString(word: string, possibleWords: readonly string[]): string;
}

declare module "@std/text/levenshtein-distance" {
  /** How many letters have to be changed to make one text of the other. */
  export function levenshteinDistance(a: string, b: string): number;
}

declare module "@std/bytes/concat" {
  /** All the bytes of several arrays, one after the other. */
  export function concat(buffers: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
}

declare module "@std/collections/chunk" {
  /** Splits an array into arrays of `size` elements; the last one may be shorter. */
  export function chunk<T>(array: readonly T[], size: number): T[][];
}

declare module "@std/jsonc" {
  /** The value of a JSON text with comments and trailing commas. @throws {SyntaxError} on bad input. */
  export function parse(text: string): unknown;
}

declare module "@std/yaml" {
  /** The values of the documents in a YAML text. @throws {SyntaxError} on bad input. */
  export function parseAll(text: string): unknown[];
}
