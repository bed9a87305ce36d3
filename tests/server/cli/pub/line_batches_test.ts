import { assertEquals, assertRejects } from "@std/assert";
import type { LineBatch } from "../../../../server/cli/pub/line_batches.ts";
import { firstLines, LineBatches } from "../../../../server/cli/pub/line_batches.ts";

function streamOf(...parts: readonly string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)));
}

function textOf({ bytes }: LineBatch): string {
  return new TextDecoder().decode(bytes);
}

async function batchesOf(stream: ReadableStream<Uint8Array>): Promise<LineBatch[]> {
  const batches = new LineBatches(stream);
  const all: LineBatch[] = [];
  for (let next = await batches.next(); next; next = await batches.next()) all.push(next);
  return all;
}

Deno.test("LineBatches gives what has come so far, however it is cut", async () => {
  const batches = await batchesOf(streamOf("a", "b\nc", "d\n\ne", "f"));
  assertEquals(batches.map(textOf), ["ab\n", "cd\n\n", "ef"]);
  assertEquals(batches.map(({ count, firstLine }) => [firstLine, count]), [[1, 1], [2, 2], [4, 1]]);
});

Deno.test("LineBatches gives nothing of an empty input, and an empty line of a newline", async () => {
  assertEquals(await batchesOf(streamOf()), []);
  assertEquals((await batchesOf(streamOf("\n"))).map(({ count }) => count), [1]);
});

Deno.test("LineBatches bounds lines and bytes of a batch, but not a line", async () => {
  const many = await batchesOf(streamOf("x\n".repeat(2_500)));
  assertEquals(many.map(({ count }) => count), [1_000, 1_000, 500]);
  const line = `${"x".repeat(200_000)}\n`;
  const large = await batchesOf(streamOf(line, line, `${"y".repeat(300_000)}\n${line}`));
  assertEquals(large.map(({ bytes }) => bytes.length), [200_001, 200_001, 300_001, 200_001]);
});

Deno.test("LineBatches refuses a line without an end", async () => {
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(4 * 1_048_576).fill(120)),
  }, { highWaterMark: 0 });
  const batches = new LineBatches(endless);
  await assertRejects(() => batches.next(), RangeError, "line 1 as it is longer than 16 MiB");
});

Deno.test("firstLines cuts a batch behind a line", async () => {
  const [batch] = await batchesOf(streamOf("a\nbb\nc\n"));
  const first = firstLines(batch!, 2);
  assertEquals([textOf(first), first.count, first.firstLine], ["a\nbb\n", 2, 1]);
});
