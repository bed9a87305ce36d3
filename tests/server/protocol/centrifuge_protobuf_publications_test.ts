import { assertEquals, assertStrictEquals } from "@std/assert";
import { loadProtobufCodec } from "../../../server/protocol/mod.ts";
import type { Payload, Publication } from "../../../server/publication.ts";
import { decodedBytes } from "./fossil_decoder.ts";
import { officialReplies } from "./official_codec.ts";

const codec = await loadProtobufCodec();

const STREAM = { channel: "chat:1", epoch: "e1", hasHistory: true };
const LONG = "a payload of some length, so that a difference is shorter".repeat(4);

function json(text: string): Payload {
  return { kind: "json", text };
}

function publication(offset: number, payload: Payload): Publication {
  return { offset, time: 1_700_000_000_000, payload };
}

/** The push to a subscription that saw `before` last and takes deltas. */
function pushedDelta(after: Publication, before?: Publication): Uint8Array<ArrayBuffer> {
  const body = codec.deltaOf(after, before, STREAM);
  return codec.encode({ kind: "push", channel: STREAM.channel, push: "pub", body });
}

/** The one publication that the official client reads in a push; `delta` as it came. */
function pushed(frame: Uint8Array): { data: string; delta?: boolean } {
  const [reply] = officialReplies(frame);
  return (reply as { push: { pub: { data: string; delta?: boolean } } }).push.pub;
}

Deno.test("loadProtobufCodec names itself and its publications", () => {
  assertStrictEquals(codec.publications.name, "centrifuge-protobuf");
  assertStrictEquals(codec.name, "protobuf");
});

Deno.test("loadProtobufCodec writes a publication as a push, without its time", () => {
  const info = { user: "u", client: "c", connInfo: '{"n":1}', chanInfo: "[]" };
  const tags = { kind: "note" };
  const full = { ...publication(7, json('{"é": 1.0}')), info, tags };
  assertEquals(officialReplies(codec.publications.encode(full, STREAM)), [{
    push: {
      channel: "chat:1",
      pub: {
        data: '{"é": 1.0}',
        offset: 7,
        info: { user: "u", client: "c", conn_info: '{"n":1}', chan_info: "[]" },
        tags,
      },
    },
  }]);
});

Deno.test("loadProtobufCodec writes an offset only where the channel has history", () => {
  const withoutHistory = { ...STREAM, hasHistory: false };
  const frame = codec.publications.encode(publication(7, json("1")), withoutHistory);
  assertEquals(pushed(frame), { data: "1", tags: {} } as { data: string });
  const past = codec.publications.encode(publication(0, json("1")), STREAM);
  assertEquals(pushed(past), { data: "1", tags: {} } as { data: string });
});

Deno.test("loadProtobufCodec writes text and bytes as they are", () => {
  const bytes = new TextEncoder().encode("raw");
  for (const payload of [{ kind: "text", text: "raw" }, { kind: "binary", bytes }] as const) {
    const { data } = pushed(codec.publications.encode(publication(1, payload), STREAM));
    assertEquals(data, "raw");
  }
});

Deno.test("loadProtobufCodec writes the difference to the publication before", () => {
  const before = publication(1, json(`{"text":"${LONG}","n":1}`));
  const after = publication(2, json(`{"text":"${LONG}","n":2}`));
  const { data, delta } = pushed(pushedDelta(after, before));
  assertStrictEquals(delta, true);
  const encoder = new TextEncoder();
  const text = `{"text":"${LONG}","n":1}`;
  const patched = decodedBytes(encoder.encode(text), encoder.encode(data));
  assertEquals(new TextDecoder().decode(patched), `{"text":"${LONG}","n":2}`);
});

Deno.test("loadProtobufCodec keeps all but the data of a publication that is a difference", () => {
  const tags = { kind: "note" };
  const after = { ...publication(2, json(`"${LONG}2"`)), tags, info: { user: "u", client: "c" } };
  const pub = pushed(pushedDelta(after, publication(1, json(`"${LONG}1"`))));
  const { data: _, ...others } = pub;
  const info = { user: "u", client: "c" };
  assertEquals(others as object, { delta: true, offset: 2, tags, info });
});

Deno.test("loadProtobufCodec writes a publication whole where there is none before", () => {
  const after = publication(1, json(`"${LONG}"`));
  const whole = codec.publications.encode(after, STREAM);
  assertEquals(pushedDelta(after, undefined), whole);
});

Deno.test("loadProtobufCodec writes a publication whole where the difference is no shorter", () => {
  const after = publication(2, json('{"n":2}'));
  const whole = codec.publications.encode(after, STREAM);
  assertEquals(pushedDelta(after, publication(1, json('{"n":1}'))), whole);
  assertEquals(pushedDelta(after, publication(1, json(`"${LONG}"`))), whole);
});
