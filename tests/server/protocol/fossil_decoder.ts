/**
 * The decoder of the official JavaScript client.
 *
 * The package exports no function that applies a delta, so this asks the codecs that its clients
 * give every publication of a delta subscription to. Neither client is ever connected.
 *
 * @module
 */
import { Centrifuge as JsonClient } from "centrifuge";
import { Centrifuge as ProtobufClient } from "centrifuge/build/protobuf";

interface Codec<Data, Value> {
  applyDeltaIfNeeded(
    publication: { delta: boolean; data: Data },
    previous: Uint8Array,
  ): { newData: Value; newPrevValue: Uint8Array };
}

const ADDRESS = "ws://localhost";
const JSON_CODEC: Codec<string, unknown> = Reflect.get(new JsonClient(ADDRESS), "_codec");
const BINARY_CODEC: Codec<Uint8Array, Uint8Array> = Reflect.get(
  new ProtobufClient(ADDRESS),
  "_codec",
);

/** What the Protobuf client makes of a delta. Throws what it throws, also for a wrong checksum. */
export function decodedBytes(source: Uint8Array, delta: Uint8Array): Uint8Array {
  return BINARY_CODEC.applyDeltaIfNeeded({ delta: true, data: delta }, source).newData;
}

/** What the JSON client makes of a delta that has come as a string, here to the letter. */
export function decodedJson(source: string, delta: string): string {
  const previous = new TextEncoder().encode(source);
  const { newPrevValue } = JSON_CODEC.applyDeltaIfNeeded({ delta: true, data: delta }, previous);
  return new TextDecoder().decode(newPrevValue);
}
