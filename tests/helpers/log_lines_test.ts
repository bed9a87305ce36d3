import { assertEquals } from "@std/assert";
import { LogLines } from "./log_lines.ts";

/** A stream that can be written to piece by piece. */
function pipe(): { log: LogLines; write(text: string): void; end(): void } {
  const encoder = new TextEncoder();
  let controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (c) => void (controller = c),
  });
  return {
    log: new LogLines(stream),
    write: (text) => controller.enqueue(encoder.encode(text)),
    end: () => controller.close(),
  };
}

Deno.test("LogLines tells JSON objects from everything else", async () => {
  const { log, write, end } = pipe();
  write('{"event":"ready","port":1}\nWarning: not JSON\n42\n{"event":"sto');
  write('pped"}');
  end();
  await log.ended;
  assertEquals(log.lines.map(({ event }) => event), ["ready", "stopped"]);
  assertEquals(log.invalid, ["Warning: not JSON", "42"]);
  assertEquals(log.of("ready"), [{ event: "ready", port: 1 }]);
});

Deno.test("LogLines.next waits for an event and finds one that has passed", async () => {
  const { log, write, end } = pipe();
  const coming = log.next("ready");
  write('{"event":"ready","port":7}\n');
  assertEquals((await coming)?.port, 7);
  assertEquals((await log.next("ready"))?.port, 7);
  end();
});

Deno.test("LogLines.next gives undefined when the stream ends without the event", async () => {
  const { log, write, end } = pipe();
  const coming = log.next("ready");
  write('{"event":"start_failed"}\n');
  end();
  assertEquals(await coming, undefined);
});
