import { assertEquals } from "@std/assert";
import { digitsAt, takePushes } from "../../../scripts/bench/clients/pushes.ts";
import { Tally } from "../../../scripts/bench/clients/tally.ts";

function offsetsIn(text: string): number[] {
  const bytes = new TextEncoder().encode(`##${text}\n{"push":{"pub":{"offset":99}}}`);
  const offsets: number[] = [];
  takePushes(
    { opcode: 1, bytes, start: 2, end: 2 + text.length },
    (offset) => offsets.push(offset),
  );
  return offsets;
}

Deno.test("takePushes finds the offset of every push in a frame and none behind it", () => {
  const push = (offset: number) =>
    `{"push":{"channel":"a","pub":{"data":{"d":"x"},"offset":${offset}}}}`;
  assertEquals(offsetsIn([9, 10, 12_345].map(push).join("\n")), [9, 10, 12_345]);
});

Deno.test("takePushes passes over replies and pings", () => {
  const reply = '{"id":2,"subscribe":{"epoch":"a","offset":1234}}';
  assertEquals(offsetsIn(`{}\n${reply}\n{"id":3,"publish":{}}`), []);
});

Deno.test("digitsAt reads a number with leading zeros", () => {
  assertEquals(digitsAt(new TextEncoder().encode("x0042y"), 1, 4), 42);
});

Deno.test("Tally counts a loss and a repetition as misplaced", () => {
  const tally = new Tally(1);
  for (const number of [1, 2, 4, 4, 5]) tally.take(number);
  assertEquals([tally.received, tally.misplaced], [5, 2]);
});

Deno.test("takePushes tells of a ping among pushes", () => {
  const text = '{"push":{"pub":{"offset":1}}}\n{}\n{"push":{"pub":{"offset":2}}}';
  const bytes = new TextEncoder().encode(text);
  const heard: (number | "ping")[] = [];
  takePushes(
    { opcode: 1, bytes, start: 0, end: bytes.length },
    (offset) => heard.push(offset),
    () => heard.push("ping"),
  );
  assertEquals(heard, [1, "ping", 2]);
});
