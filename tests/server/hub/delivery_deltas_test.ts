import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { Delivery } from "../../../server/hub/mod.ts";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import type { Publication } from "../../../server/publication.ts";
import { decodedJson } from "../protocol/fossil_decoder.ts";

function publication(offset: number): Publication {
  const text = JSON.stringify({ long: "the same words again ".repeat(10), offset });
  return { offset, time: 0, payload: { kind: "json", text } };
}

function textOf({ payload }: Publication): string {
  return payload.kind === "json" ? payload.text : "";
}

/** Publications of a channel; all may be sent as deltas. */
function delivery(offsets: readonly number[], hasDelta = true): Delivery {
  const outgoing = offsets.map((offset) => ({
    publication: publication(offset),
    publisher: undefined,
    hasDelta,
  }));
  return new Delivery({ channel: "a", epoch: "e", hasHistory: true }, outgoing);
}

/** The publications in a frame of pushes. */
function pushes(frame: unknown): { data: string; delta?: boolean; offset: number }[] {
  return String(frame).split("\n").map((line) => JSON.parse(line).push.pub);
}

Deno.test("Delivery.deltas builds each publication on the one before", () => {
  const previous = publication(4);
  const read = pushes(delivery([5, 6]).deltas(CENTRIFUGE_JSON, previous));
  let text = textOf(previous);
  for (const { data, delta, offset } of read) {
    assertEquals(delta, true);
    text = decodedJson(text, data);
    assertEquals(text, textOf(publication(offset)));
  }
  assertEquals(read.map(({ offset }) => offset), [5, 6]);
});

Deno.test("Delivery.deltas gives the first one whole to who has none before", () => {
  const read = pushes(delivery([5, 6]).deltas(CENTRIFUGE_JSON, undefined));
  assertEquals(read.map(({ delta }) => delta), [undefined, true]);
  assertEquals(read[0]?.data, textOf(publication(5)));
});

Deno.test("Delivery.deltas gives all of them whole where nobody wants differences", () => {
  const read = pushes(delivery([5, 6], false).deltas(CENTRIFUGE_JSON, publication(4)));
  assertEquals(read.map(({ data }) => data), [5, 6].map((each) => textOf(publication(each))));
});

Deno.test("Delivery.deltas is made once for those with the same one before", () => {
  let encoded = 0;
  const codec = {
    ...CENTRIFUGE_JSON,
    encode: (reply: Parameters<typeof CENTRIFUGE_JSON.encode>[0]) => {
      encoded += 1;
      return CENTRIFUGE_JSON.encode(reply);
    },
  };
  const [whole, previous] = [delivery([5, 6]), publication(4)];
  assertStrictEquals(whole.deltas(codec, previous), whole.deltas(codec, previous));
  assertEquals(encoded, 2);
});

Deno.test("Delivery.deltas is made anew for another one before, and for none", () => {
  const whole = delivery([5]);
  const [one, other] = [publication(4), publication(3)];
  for (const previous of [one, other, undefined, one]) {
    const [read] = pushes(whole.deltas(CENTRIFUGE_JSON, previous));
    const text = previous === undefined
      ? read?.data
      : decodedJson(textOf(previous), read?.data ?? "");
    assertEquals(text, textOf(publication(5)));
  }
  assertNotStrictEquals(
    whole.deltas(CENTRIFUGE_JSON, one),
    whole.deltas(CENTRIFUGE_JSON, undefined),
  );
});
