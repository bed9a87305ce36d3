import { assertEquals } from "@std/assert";
import { OrderedWriter } from "./ordered_writer.ts";

Deno.test("OrderedWriter writes whole and in order, and says what was written", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const accepted = await listener.accept();
  const writer = new OrderedWriter(connection);
  const order: number[] = [];
  // Larger than the kernel takes at once, so that a write is split while others wait.
  const writes = [1, 2, 3].map((value) =>
    writer.write(new Uint8Array(3_000_000).fill(value), () => order.push(value))
  );
  const received: number[] = [];
  const reading = (async () => {
    for await (const chunk of accepted.readable) {
      for (const value of new Set(chunk)) if (received.at(-1) !== value) received.push(value);
    }
  })();
  assertEquals(await Promise.all(writes), [true, true, true]);
  connection.close();
  await reading;
  assertEquals([order, received], [[1, 2, 3], [1, 2, 3]]);
  assertEquals(await writer.write(new Uint8Array(1)), false);
});
