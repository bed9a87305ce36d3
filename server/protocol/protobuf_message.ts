import type { Payload } from "../publication.ts";
import type { Field, Reader, Type, Writer } from "protobufjs";
import { payloadBytes, payloadOf } from "./payload_bytes.ts";

/** A message by the names of its fields. */
export type Fields = Readonly<Record<string, unknown>>;

type Convert = (value: unknown) => unknown;

/** How the value of a field goes out and comes in. */
interface Conversion {
  readonly write: Convert;
  readonly read: Convert;
}

/**
 * One kind of message of a Protobuf schema. Its objects have the field names of the schema, a
 * {@linkcode Payload} for `bytes` and a number for integers of 64 bits.
 */
export class ProtobufMessage {
  readonly #type: Type;
  readonly #conversions: ReadonlyMap<string, Conversion>;

  constructor(type: Type) {
    this.#type = type;
    this.#conversions = new Map(
      type.fieldsArray.map((field) => [field.name, conversionOf(field.resolve())]),
    );
  }

  /** Writes the fields of `value` that the schema knows, after their length. */
  encode(value: object, writer: Writer): void {
    this.#type.encode(this.write(value), writer.fork()).ldelim();
  }

  /**
   * Reads a length and the message behind it: the fields that are not zero, and all maps. Throws
   * for bytes that are no such message, strings that are not UTF-8 and numbers above 2 ** 53 - 1.
   */
  decode(reader: Reader): Fields {
    return this.read(this.#type.decodeDelimited(reader));
  }

  /** As {@linkcode decode}, for a message that is all of `bytes`. */
  readWhole(bytes: Uint8Array): Fields {
    return this.read(this.#type.decode(bytes));
  }

  /** An object of ours as the library wants it. */
  write(value: object): Record<string, unknown> {
    return this.#converted(value, "write");
  }

  /** A message of the library's as an object of ours. */
  read(message: object): Fields {
    return this.#converted(message, "read");
  }

  #converted(value: object, way: keyof Conversion): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(value)) {
      const conversion = this.#conversions.get(name);
      if (conversion !== undefined && field !== undefined) fields[name] = conversion[way](field);
    }
    return fields;
  }
}

function conversionOf(field: Field): Conversion {
  const one = valueConversionOf(field);
  if (field.map) return { write: eachValue(one.write), read: eachValue(one.read) };
  if (field.repeated) return { write: eachItem(one.write), read: eachItem(one.read) };
  return one;
}

function valueConversionOf({ resolvedType, type }: Field): Conversion {
  if (resolvedType !== null && "fieldsArray" in resolvedType) {
    const message = new ProtobufMessage(resolvedType);
    return {
      write: (value) => message.write(value as object),
      read: (value) => message.read(value as object),
    };
  }
  switch (type) {
    case "bytes":
      return {
        write: (value) => payloadBytes(value as Payload),
        read: (value) => payloadOf(value as Uint8Array),
      };
    case "string":
      // Half a surrogate pair cannot be written in UTF-8, and strict readers refuse it.
      return { write: (value) => (value as string).toWellFormed(), read: same };
    case "int64":
    case "uint64":
      return { write: same, read: safeInteger };
    default:
      return { write: same, read: same };
  }
}

const same: Convert = (value) => value;

function eachItem(convert: Convert): Convert {
  return (items) => (items as readonly unknown[]).map(convert);
}

/** Made by fromEntries, for which `__proto__` is a key like any other. */
function eachValue(convert: Convert): Convert {
  return (map) =>
    Object.fromEntries(Object.entries(map as Fields).map(([key, value]) => [key, convert(value)]));
}

/** The library gives a `Long`, whose text is decimal. */
function safeInteger(long: unknown): number {
  const value = Number(long);
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(
      `Cannot read an integer as it must be at most 2 ** 53 - 1: current value is ${value}`,
    );
  }
  return value;
}
