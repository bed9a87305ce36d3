import { assertEquals } from "@std/assert";
import { turns } from "../../lifecycle/fake_clock.ts";
import { text } from "../hub/recorder.ts";
import { assertRefused, Site } from "./site.ts";

const EVENTS = { accept: "text/event-stream" };

/** A reader of a stream: what it got since it was last asked. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<string> | undefined;
  #text = "";
  #isDone = false;

  constructor(response: Response) {
    this.#reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    this.#read();
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  async take(): Promise<string> {
    await turns(20);
    const taken = this.#text;
    this.#text = "";
    return taken;
  }

  async cancel(): Promise<void> {
    await this.#reader?.cancel();
  }

  async #read(): Promise<void> {
    for (let next = await this.#reader?.read(); next?.value !== undefined;) {
      this.#text += next.value;
      next = await this.#reader?.read();
    }
    this.#isDone = true;
  }
}

/** A site whose channel `a` holds 1 to 5, and a stream of it. */
async function streamOf(
  query = "",
  headers: Readonly<Record<string, string>> = {},
): Promise<{ site: Site; response: Response; reader: Reader; epoch: string }> {
  const site = new Site();
  await site.fill("a", [1, 2, 3, 4, 5].map(text));
  const [top] = await site.log.tops(["a"]);
  const epoch = top?.epoch ?? "";
  const named = Object.entries(headers).map((
    [name, value],
  ) => [name, value.replace("EPOCH", epoch)]);
  const line = `GET /channels/a${query.replace("EPOCH", epoch)}`;
  const response = await site.request(line, {
    headers: { ...EVENTS, ...Object.fromEntries(named) },
  });
  return { site, response, reader: new Reader(response), epoch };
}

Deno.test("readChannel streams to who accepts events, and tells proxies to let them through", async () => {
  const { response, reader } = await streamOf();
  assertEquals(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  assertEquals(response.headers.get("cache-control"), "no-store, no-transform");
  assertEquals(response.headers.get("x-accel-buffering"), "no");
  await reader.cancel();
});

Deno.test("readChannel begins a stream at the top, with its position", async () => {
  const { site, reader, epoch } = await streamOf();
  assertEquals(await reader.take(), `retry: 1000\nid: ${epoch}:5\n\n`);
  await site.fill("a", [text("new")]);
  assertEquals(await reader.take(), `id: ${epoch}:6\ndata: new\n\n`);
  await reader.cancel();
});

Deno.test("readChannel resumes a stream after Last-Event-ID", async () => {
  const { reader, epoch } = await streamOf("", { "last-event-id": "EPOCH:3" });
  const events = `id: ${epoch}:4\ndata: 4\n\nid: ${epoch}:5\ndata: 5\n\n`;
  assertEquals(await reader.take(), `retry: 1000\nid: ${epoch}:3\n\n${events}`);
  await reader.cancel();
});

Deno.test("readChannel resumes a stream after since, and prefers Last-Event-ID to it", async () => {
  const first = await streamOf("?since=4");
  assertEquals((await first.reader.take()).split("\n\n")[1], `id: ${first.epoch}:5\ndata: 5`);
  await first.reader.cancel();
  const again = await streamOf("?since=1", { "last-event-id": "EPOCH:5" });
  assertEquals(await again.reader.take(), `retry: 1000\nid: ${again.epoch}:5\n\n`);
  await again.reader.cancel();
});

Deno.test("readChannel tells a stream whose place is lost, and goes on from the top", async () => {
  const { site, reader, epoch } = await streamOf("", { "last-event-id": "other:3" });
  const data = `{"epoch":"${epoch}","offset":5}`;
  const reset = `retry: 1000\nid: ${epoch}:5\nevent: reset\ndata: ${data}\n\n`;
  assertEquals(await reader.take(), reset);
  await site.fill("a", [text("new")]);
  assertEquals(await reader.take(), `id: ${epoch}:6\ndata: new\n\n`);
  await reader.cancel();
});

for (const id of ["x", ":5", "epoch:", "epoch:-1", "epoch:x", "e p:1", `${"x".repeat(65)}:1`]) {
  Deno.test(`readChannel refuses the Last-Event-ID ${id.slice(0, 12)}`, async () => {
    const headers = { ...EVENTS, "last-event-id": id };
    const response = await new Site().request("GET /channels/a", { headers });
    await assertRefused(response, 400, "bad_position");
  });
}

Deno.test("readChannel cuts lines into data fields, and sends bytes as base64", async () => {
  const { site, reader, epoch } = await streamOf();
  await reader.take();
  await site.fill("a", [
    text("one\ntwo\r\nthree\r\r\nend"),
    text(""),
    { kind: "binary", bytes: new Uint8Array([0, 255]) },
    { kind: "json", text: '{"a":\n1}' },
  ]);
  assertEquals(
    await reader.take(),
    `id: ${epoch}:6\ndata: one\ndata: two\ndata: three\ndata: \ndata: end\n\n` +
      `id: ${epoch}:7\ndata: \n\n` +
      `id: ${epoch}:8\nevent: binary\ndata: AP8=\n\n` +
      `id: ${epoch}:9\ndata: {"a":\ndata: 1}\n\n`,
  );
  await reader.cancel();
});

Deno.test("readChannel opens no stream while the server stops", async () => {
  const site = new Site({ isAccepting: () => false });
  const response = await site.request("GET /channels/a", { headers: EVENTS });
  await assertRefused(response, 503, "stopping");
});

Deno.test("readChannel opens no more streams than there may be connections", async () => {
  const site = new Site({ maxConnections: 1 });
  const reader = new Reader(await site.request("GET /channels/a", { headers: EVENTS }));
  const response = await site.request("GET /channels/a", { headers: EVENTS });
  await assertRefused(response, 503, "full");
  await reader.cancel();
  const again = new Reader(await site.request("GET /channels/a", { headers: EVENTS }));
  assertEquals(await again.take() === "", false);
  await again.cancel();
});

Deno.test("readChannel lets go of a stream whose reader has gone", async () => {
  const { site, reader } = await streamOf();
  assertEquals([site.sessions.size, site.sessions.descriptors], [1, 1]);
  await reader.cancel();
  await turns();
  assertEquals([site.sessions.size, site.sessions.descriptors], [0, 0]);
  assertEquals(site.hub.channels(), []);
});

Deno.test("readChannel ends a stream with a last hint when the server stops", async () => {
  const { site, reader } = await streamOf();
  await reader.take();
  const outcomes: string[] = [];
  const connections = site.sessions.beginDrain({
    joined: () => {},
    left: (_, outcome) => void outcomes.push(outcome),
  });
  for (const connection of connections) connection.close("flush");
  assertEquals(await reader.take(), "retry: 250\n\n");
  assertEquals(reader.isDone, true);
  for (const connection of connections) connection.giveUp();
  assertEquals(outcomes, ["terminated"]);
});
