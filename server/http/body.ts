import { concat } from "@std/bytes/concat";
import { REFUSALS } from "../errors.ts";
import type { Refusal } from "../errors.ts";
import { parseJson } from "../protocol/mod.ts";
import type { Payload } from "../publication.ts";

/** What became of a request's body. */
export type Body =
  | { readonly kind: "payload"; readonly payload: Payload }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Bounds for reading a body. */
export interface BodyLimits {
  /** Bytes of the largest body that is accepted. */
  readonly maxBytes: number;
  /** Milliseconds for the whole body. @default 10000 */
  readonly timeoutMs?: number;
  /** What bodies may take that are read at the same time. @default any number of bytes */
  readonly room?: BodyRoom;
}

/** Bounds what all bodies together take while they are read: there may be thousands, half sent. */
export class BodyRoom {
  readonly #maxBytes: number;
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** False if there is no room for so many more bytes. */
  take(bytes: number): boolean {
    if (this.#taken + bytes > this.#maxBytes) return false;
    this.#taken += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#taken -= bytes;
  }
}

/**
 * How much of a body that is too large is read all the same: a client that is answered while it
 * still sends sees a reset instead of the answer.
 */
const DISCARD_BYTES = 8 * 1_024 * 1_024;
const DISCARD_MS = 5_000;

/** Reads a body as what its type says: JSON, text, or bytes. Never throws for what a client does. */
export async function readPayload(request: Request, limits: BodyLimits): Promise<Body> {
  const read = await readBytes(request, limits);
  if (read.kind === "refused") return read;
  return toPayload(read.bytes, request.headers.get("content-type") ?? "");
}

/** A form is what `curl -d` says it sends; bytes without a type are text if they can be. */
export function toPayload(bytes: Uint8Array<ArrayBuffer>, contentType: string): Body {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const isJson = type === "application/json" || type.endsWith("+json");
  const isText = type.startsWith("text/") || type === "application/x-www-form-urlencoded";
  if (!isJson && !isText && type !== "") return payload({ kind: "binary", bytes });
  const text = decode(bytes);
  if (text === undefined) {
    return type === "" ? payload({ kind: "binary", bytes }) : refused(REFUSALS.badBody);
  }
  if (!isJson) return payload({ kind: "text", text });
  return parseJson(text) !== undefined
    ? payload({ kind: "json", text })
    : refused(REFUSALS.badBody);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function payload(value: Payload): Body {
  return { kind: "payload", payload: value };
}

function refused(refusal: Refusal): { readonly kind: "refused"; readonly refusal: Refusal } {
  return { kind: "refused", refusal };
}

/** What became of a body's bytes. */
export type Bytes =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Reads a body as bytes, up to a bound. Never throws for what a client does. */
export async function readBytes(request: Request, limits: BodyLimits): Promise<Bytes> {
  if (request.body === null) return { kind: "bytes", bytes: new Uint8Array() };
  const collector = new Collector(request.body.getReader(), limits);
  const timer = setTimeout(() => collector.stop(), limits.timeoutMs ?? 10_000);
  try {
    const bytes = await collector.collect();
    if (bytes !== undefined) {
      return collector.isStopped ? refused(REFUSALS.bodyTimeout) : { kind: "bytes", bytes };
    }
  } catch {
    // The client broke the body off, or the connection: there may be nobody left to tell.
    return refused(REFUSALS.badRequest);
  } finally {
    clearTimeout(timer);
    collector.forget();
  }
  await collector.discard();
  return refused(collector.hasRoom ? REFUSALS.tooLarge : REFUSALS.overloaded);
}

/**
 * Reads a body that nobody wanted, within the bounds of one that is too large: before the answer to
 * a request that is refused for another reason.
 */
export async function discardBody({ body, bodyUsed }: Request): Promise<void> {
  if (body !== null && !bodyUsed) await new Collector(body.getReader(), { maxBytes: 0 }).discard();
}

/** Reads a body up to a bound, and then only to be rid of it. */
class Collector {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #limits: BodyLimits;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #taken = 0;
  #isStopped = false;
  /** False once it was refused for what others take. */
  hasRoom = true;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>, limits: BodyLimits) {
    this.#reader = reader;
    this.#limits = limits;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Ends a pending read. */
  stop(): void {
    this.#isStopped = true;
    this.#reader.cancel().catch(() => {
      // The stream had failed by itself: the pending read says so.
    });
  }

  /** The whole body, or undefined as soon as it is larger than it may be, or there is no room. */
  async collect(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { maxBytes, room } = this.#limits;
    while (true) {
      const { done, value } = await this.#reader.read();
      if (done) return concat(this.#chunks);
      this.#size += value.byteLength;
      if (this.#size > maxBytes) return undefined;
      this.hasRoom = room?.take(value.byteLength) ?? true;
      if (!this.hasRoom) return undefined;
      this.#taken += value.byteLength;
      this.#chunks.push(value);
    }
  }

  /** What was read is somebody else's now, or nobody's. */
  forget(): void {
    this.#limits.room?.giveBack(this.#taken);
    this.#taken = 0;
    this.#chunks = [];
  }

  /** Reads on and throws away, within bounds of its own. */
  async discard(): Promise<void> {
    const timer = setTimeout(() => this.stop(), DISCARD_MS);
    try {
      while (this.#size <= DISCARD_BYTES) {
        const { done, value } = await this.#reader.read();
        if (done) return;
        this.#size += value.byteLength;
      }
      this.stop();
    } catch {
      // The client has gone; its answer goes nowhere.
    } finally {
      clearTimeout(timer);
    }
  }
}
