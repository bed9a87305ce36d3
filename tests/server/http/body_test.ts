import { assert, assertEquals } from "@std/assert";
import { REFUSALS } from "../../../server/errors.ts";
import type { Body } from "../../../server/http/body.ts";
import { readPayload } from "../../../server/http/body.ts";
import type { Payload } from "../../../server/publication.ts";
import { FakeClock } from "../../lifecycle/fake_clock.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const LIMITS = { maxBytes: 1_000 };
const MIB = 1_048_576;

/** A body of these bytes, and of what type it says that it is. */
function requestOf(body: Bytes | ReadableStream<Bytes> | null, type?: string): Request {
  const request = new Request("http://host/", { method: "POST", body });
  request.headers.delete("content-type");
  if (type !== undefined) request.headers.set("content-type", type);
  return request;
}

function readText(text: string, type?: string): Promise<Body> {
  return readPayload(requestOf(encoder.encode(text), type), LIMITS);
}

function payload(payload: Payload): Body {
  return { kind: "payload", payload };
}

const JSON_TYPES = [
  "application/json",
  "application/json; charset=utf-8",
  "Application/JSON",
  "application/vnd.api+json",
  " application/json ",
];

const TEXT_TYPES = [
  "text/plain",
  "text/plain;charset=UTF-8",
  "TEXT/HTML",
  "text/csv",
  "application/x-www-form-urlencoded",
];

const BINARY_TYPES = [
  "application/octet-stream",
  "image/png",
  "application/jsonx",
  "application/xml",
];

for (const type of JSON_TYPES) {
  Deno.test(`readPayload reads "${type}" as JSON, to the letter`, async () => {
    const text = ' {"b": 1.0, "a": [1e400]}\n';
    assertEquals(await readText(text, type), payload({ kind: "json", text }));
  });
}

for (const type of TEXT_TYPES) {
  Deno.test(`readPayload reads "${type}" as text`, async () => {
    const text = '{"not": "taken for JSON"} ž\0\r\n';
    assertEquals(await readText(text, type), payload({ kind: "text", text }));
  });
}

for (const type of BINARY_TYPES) {
  Deno.test(`readPayload reads "${type}" as bytes`, async () => {
    const bytes = new Uint8Array([0, 255, 128, 10]);
    const body = await readPayload(requestOf(bytes, type), LIMITS);
    assertEquals(body, payload({ kind: "binary", bytes }));
  });
}

Deno.test("readPayload takes a body without a type for text if it can be", async () => {
  assertEquals(await readText("žluť"), payload({ kind: "text", text: "žluť" }));
});

Deno.test("readPayload takes a body without a type for bytes if it is no UTF-8", async () => {
  const bytes = new Uint8Array([0xc3, 0x28]);
  const body = await readPayload(requestOf(bytes), LIMITS);
  assertEquals(body, payload({ kind: "binary", bytes }));
});

for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded"]) {
  Deno.test(`readPayload refuses "${type}" that is no UTF-8`, async () => {
    const request = requestOf(new Uint8Array([0x22, 0xc3, 0x28, 0x22]), type);
    const refused = { kind: "refused" as const, refusal: REFUSALS.badBody };
    assertEquals(await readPayload(request, LIMITS), refused);
  });
}

for (const text of ["", " ", "{", "{'a':1}", "[1,]", "undefined", "NaN", "01", '"\u0001"', "1 2"]) {
  Deno.test(`readPayload refuses ${JSON.stringify(text)} as JSON`, async () => {
    const body = await readText(text, "application/json");
    assertEquals(body, { kind: "refused", refusal: REFUSALS.badBody });
  });
}

for (const text of ["null", "0", '""', "[]", '{"a":{"a":{}}}', "-1.5e-7", '"\\ud800"']) {
  Deno.test(`readPayload takes ${text} for JSON`, async () => {
    assertEquals(await readText(text, "application/json"), payload({ kind: "json", text }));
  });
}

Deno.test("readPayload keeps a byte order mark of a text", async () => {
  assertEquals(await readText("\ufeffa"), payload({ kind: "text", text: "\ufeffa" }));
});

Deno.test("readPayload takes no body for an empty text", async () => {
  assertEquals(await readPayload(requestOf(null), LIMITS), payload({ kind: "text", text: "" }));
});

Deno.test("readPayload puts a body together from its pieces", async () => {
  const pieces = [..."in pieces of one byte: ž"].flatMap((char) => [...encoder.encode(char)]);
  const body = ReadableStream.from(pieces.map((byte) => new Uint8Array([byte])));
  const expected = payload({ kind: "text", text: "in pieces of one byte: ž" });
  assertEquals(await readPayload(requestOf(body), LIMITS), expected);
});

Deno.test("readPayload takes a body of just the bytes that are allowed", async () => {
  const body = await readText("x".repeat(1_000));
  assert(body.kind === "payload");
});

Deno.test("readPayload refuses a body of one byte more", async () => {
  assertEquals(await readText("x".repeat(1_001)), {
    kind: "refused",
    refusal: REFUSALS.tooLarge,
  });
});

Deno.test("readPayload counts bytes, not characters", async () => {
  assertEquals((await readText("ž".repeat(501))).kind, "refused");
  assertEquals((await readText("ž".repeat(500))).kind, "payload");
});

/** A body in chunks of 64 KiB that says how much of it was read, and whether it was let go. */
function endless(chunks = Infinity) {
  const state = { read: 0, isCancelled: false };
  const body = new ReadableStream<Bytes>({
    pull(controller) {
      if (state.read >= chunks) return controller.close();
      state.read += 1;
      controller.enqueue(new Uint8Array(65_536));
    },
    cancel() {
      state.isCancelled = true;
    },
  }, { highWaterMark: 0 });
  return { body, state };
}

Deno.test("readPayload reads a body that is too large to its end before it refuses it", async () => {
  const { body, state } = endless(40);
  const refused = await readPayload(requestOf(body), LIMITS);
  assertEquals(refused, { kind: "refused", refusal: REFUSALS.tooLarge });
  assertEquals(state, { read: 40, isCancelled: false });
});

Deno.test("readPayload reads no more than 8 MiB of a body that is too large", async () => {
  const { body, state } = endless();
  const refused = await readPayload(requestOf(body), LIMITS);
  assertEquals(refused, { kind: "refused", refusal: REFUSALS.tooLarge });
  assertEquals(state.isCancelled, true);
  assert(state.read * 65_536 <= 8 * MIB + 2 * 65_536, `${state.read} chunks were read`);
});

/** A body that begins with these bytes and then stands still. */
function stuck(bytes: number) {
  const state = { isCancelled: false };
  const body = new ReadableStream<Bytes>({
    start: (controller) => controller.enqueue(new Uint8Array(bytes)),
    cancel: () => {
      state.isCancelled = true;
    },
  });
  return { body, state };
}

/** What became of a body after so much time. */
async function readFor(
  body: ReadableStream<Bytes>,
  { ms, timeoutMs }: { ms: number; timeoutMs?: number },
): Promise<Body | undefined> {
  using clock = new FakeClock();
  let read: Body | undefined;
  const limits = timeoutMs === undefined ? LIMITS : { ...LIMITS, timeoutMs };
  readPayload(requestOf(body), limits).then((value) => read = value);
  await clock.advance(ms);
  return read;
}

Deno.test("readPayload gives a body ten seconds and lets go of it then", async () => {
  assertEquals(await readFor(stuck(10).body, { ms: 9_999 }), undefined);
  const { body, state } = stuck(10);
  const refused = { kind: "refused" as const, refusal: REFUSALS.bodyTimeout };
  assertEquals(await readFor(body, { ms: 10_000 }), refused);
  assertEquals(state.isCancelled, true);
});

Deno.test("readPayload gives a body the time that it is told to", async () => {
  assertEquals(await readFor(stuck(10).body, { ms: 299, timeoutMs: 300 }), undefined);
  const read = await readFor(stuck(10).body, { ms: 300, timeoutMs: 300 });
  assertEquals(read, { kind: "refused", refusal: REFUSALS.bodyTimeout });
});

Deno.test("readPayload waits five seconds for the rest of a body that is too large", async () => {
  assertEquals(await readFor(stuck(2_000).body, { ms: 4_999 }), undefined);
  const { body, state } = stuck(2_000);
  const refused = { kind: "refused" as const, refusal: REFUSALS.tooLarge };
  assertEquals(await readFor(body, { ms: 5_000 }), refused);
  assertEquals(state.isCancelled, true);
});

Deno.test("readPayload leaves no timer behind", async () => {
  using clock = new FakeClock();
  await readText("small");
  await readText("x".repeat(5_000));
  assertEquals(clock.pending, 0);
});

Deno.test("readPayload refuses a body that breaks off, and does not throw", async () => {
  const body = new ReadableStream<Bytes>({
    start: (controller) => controller.error(new Error("connection reset")),
  });
  const refused = await readPayload(requestOf(body), LIMITS);
  assertEquals(refused, { kind: "refused", refusal: REFUSALS.badRequest });
});

Deno.test("readPayload does not throw when a body that is too large breaks off", async () => {
  let pulls = 0;
  const body = new ReadableStream<Bytes>({
    pull(controller) {
      pulls += 1;
      if (pulls < 5) controller.enqueue(new Uint8Array(65_536));
      else controller.error(new Error("connection reset"));
    },
  });
  const refused = await readPayload(requestOf(body), LIMITS);
  assertEquals(refused, { kind: "refused", refusal: REFUSALS.tooLarge });
});
