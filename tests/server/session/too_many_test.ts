import { assert, assertEquals } from "@std/assert";
import { BURST_S } from "../../../server/limits/mod.ts";
import { handedOut, upTo } from "../hub/recorder.ts";
import { ClientRoom } from "./client_room.ts";
import { Room } from "./fake_socket.ts";

const RATE = 4;
const BURST = RATE * BURST_S;
const BOUNDS = { messageRateLimit: RATE, byteRateLimit: 0 };

Deno.test("PlainSession processes what came before the limit, closes with 1013, and hears no more", async () => {
  using room = new Room({}, BOUNDS);
  const [sender, reader] = [room.open(), room.open()];
  for (const value of upTo(BURST + 5)) sender.receive(`${value}`);
  await handedOut();
  assertEquals(reader.wire, upTo(BURST).map(String));
  assertEquals(sender.wire, ["close 1013 too many messages"]);
  assertEquals(room.sessions.counts.received, BURST + 5);
});

Deno.test("PlainSession counts nothing against a client that the server asks to go", async () => {
  using room = new Room({}, BOUNDS);
  const [sender, reader] = [room.open(), room.open()];
  const [connection] = room.sessions.beginDrain({ joined() {}, left() {} });
  for (const value of upTo(BURST)) sender.receive(`${value}`);
  connection?.close("flush");
  for (const value of upTo(50)) sender.receive(`leaving ${value}`);
  await handedOut();
  assertEquals(sender.wire, ["close 1001 server stopping"]);
  for (const value of upTo(50)) sender.receive(`closing ${value}`);
  await handedOut();
  assertEquals(reader.wire.length, BURST + 100);
});

/** Publish commands, one each. */
function publications(count: number): object[] {
  return upTo(count).map((data) => ({ publish: { channel: "a", data } }));
}

function roomWith(bounds: Partial<typeof BOUNDS>): ClientRoom {
  return new ClientRoom({ client: { isInsecure: true, ...bounds } });
}

Deno.test("ClientSession answers what is too many with 111, in its place, and takes the rest", async () => {
  using room = roomWith(BOUNDS);
  const peer = room.open();
  const news = await peer.ask({ connect: {} }, ...publications(BURST + 2));
  const answers = news.toSorted((a, b) => a.id - b.id);
  assertEquals(
    answers.slice(1, BURST).map(({ publish }) => publish),
    upTo(BURST - 1).map(() => ({})),
  );
  assertEquals(
    answers.slice(BURST).map(({ error }) => error?.code),
    [111, 111, 111],
  );
  assertEquals(answers.at(-1).error, { code: 111, message: "too many requests", temporary: true });
  const { commands } = room.environment.counts;
  assertEquals(commands.errors().map(([, code, count]) => [code, count]), [[111, 3]]);
  assertEquals(commands.calls().reduce((sum, [, count]) => sum + count, 0), BURST + 3);
});

Deno.test("ClientSession closes with 3013 who goes on regardless", async () => {
  using room = roomWith(BOUNDS);
  const peer = room.open();
  await peer.ask({ connect: {} });
  const news = await peer.ask(...publications(BURST + 11 * RATE));
  assertEquals(news.at(-1), "close 3013 too many requests");
  const refused = news.filter((reply) => reply.error?.code === 111).length;
  assert(refused >= 10 * RATE - 1 && refused <= 10 * RATE + 1, `${refused} were answered`);
});

Deno.test("ClientSession counts bytes, shared out among the commands of a frame", async () => {
  using room = roomWith({ messageRateLimit: 0, byteRateLimit: 500 });
  const peer = room.open();
  const large = { publish: { channel: "a", data: "x".repeat(260) } };
  const news = await peer.ask({ connect: {} }, large, large, large, large);
  assertEquals(news.filter(({ error }) => error?.code === 111).length, 1);
});

Deno.test("ClientSession counts nothing against a client that the server asks to go", async () => {
  using room = roomWith(BOUNDS);
  const peer = room.open();
  await peer.ask({ connect: {} });
  const [connection] = room.registry.beginDrain({ joined() {}, left() {} });
  connection?.close("flush");
  peer.send(...publications(50));
  await handedOut();
  peer.send(...publications(50));
  await room.hub.stored();
  const { top } = await room.log.read("a", { limit: 1 });
  assertEquals(top.offset, 100);
});
