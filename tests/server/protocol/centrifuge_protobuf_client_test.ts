import { assertEquals } from "@std/assert";
import { Centrifuge } from "centrifuge/build/protobuf";
import { type Command, loadProtobufCodec, type Reply } from "../../../server/protocol/mod.ts";
import type { Publication } from "../../../server/publication.ts";

const codec = await loadProtobufCodec();

const STREAM = { channel: "chat", epoch: "e1", hasHistory: true };
const LONG = "long enough for a difference to be shorter ".repeat(4);

function publication(offset: number): Publication {
  return { offset, time: 1, payload: { kind: "json", text: `{"text":"${LONG}","n":${offset}}` } };
}

/** A WebSocket whose other end answers each command at once. */
class AnsweredSocket {
  binaryType = "";
  onopen = () => {};
  onmessage = (_event: { data: ArrayBuffer }) => {};
  onclose = (_event: { code: number; reason: string }) => {};

  constructor(_url: string, readonly protocol: string) {
    queueMicrotask(() => this.onopen());
  }

  send(data: Uint8Array): void {
    const { kind, commands } = codec.decode(new Uint8Array(data));
    assertEquals(kind, "commands");
    const frames = commands.flatMap((command) => answers(command));
    queueMicrotask(() => this.onmessage({ data: codec.join(frames).buffer }));
  }

  close(): void {
    queueMicrotask(() => this.onclose({ code: 1000, reason: "" }));
  }
}

function answers(command: Command): Uint8Array<ArrayBuffer>[] {
  const { id } = command;
  const result = (reply: object) => codec.encode({ kind: "result", id, ...reply } as Reply);
  switch (command.method) {
    case "connect":
      return [result({ method: "connect", result: { client: "c1", version: "1", data: HELLO } })];
    case "subscribe": {
      const position = { recoverable: true, positioned: true, epoch: "e1", offset: 0 };
      return [
        result({ method: "subscribe", result: { ...position, delta: true } }),
        pushed(publication(1)),
        pushed(publication(2), publication(1)),
      ];
    }
    case "presence":
      return [result({ method: "presence", result: { presence: {} } })];
    case "presence_stats":
      return [result({ method: "presence_stats", result: { num_clients: 0, num_users: 0 } })];
    case "history":
      return [result({ method: "history", result: { publications: [], epoch: "e1", offset: 0 } })];
    case "rpc":
      return [result({ method: "rpc", result: { data: command.params.data } })];
    default:
      return [codec.encode({ kind: "error", id, error: { code: 108, message: "not available" } })];
  }
}

function pushed(after: Publication, before?: Publication): Uint8Array<ArrayBuffer> {
  const body = codec.deltaOf(after, before, STREAM);
  return codec.encode({ kind: "push", channel: STREAM.channel, push: "pub", body });
}

const HELLO = { kind: "json", text: '"hello"' } as const;

function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

Deno.test("loadProtobufCodec makes itself understood by the official client", async (t) => {
  const client = new Centrifuge("ws://chat.example", { websocket: AnsweredSocket });
  const connected = Promise.withResolvers<string>();
  client.on("connected", ({ data }) => connected.resolve(text(data)));
  client.connect();
  assertEquals(await connected.promise, '"hello"');

  await t.step("publications, the second as a difference", async () => {
    const subscription = client.newSubscription("chat", { delta: "fossil" });
    const seen: (readonly [number | undefined, string])[] = [];
    const second = Promise.withResolvers<void>();
    subscription.on("publication", ({ data, offset }) => {
      if (seen.push([offset, text(data)]) === 2) second.resolve();
    });
    subscription.subscribe();
    await second.promise;
    assertEquals(seen, [1, 2].map((n) => [n, `{"text":"${LONG}","n":${n}}`] as const));
  });

  await t.step("results with nothing in them", async () => {
    assertEquals((await client.presence("chat")).clients, {});
    assertEquals(await client.presenceStats("chat"), { numClients: 0, numUsers: 0 });
    const history = await client.history("chat", { limit: 10 });
    assertEquals(history, { publications: [], epoch: "e1", offset: 0 });
  });

  await t.step("data there and back, and an error", async () => {
    const sent = new TextEncoder().encode('{"é": 1.0}');
    assertEquals(text((await client.rpc("echo", sent)).data), '{"é": 1.0}');
    const refusal = await client.publish("chat", sent).then(() => undefined, (error) => error);
    assertEquals(refusal, { code: 108, message: "not available", temporary: false });
  });

  client.disconnect();
});
