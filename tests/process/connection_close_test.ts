/** Ending a connection of each kind by the server API, seen by the peer. */
import { assertEquals } from "@std/assert";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { waitFor } from "../helpers/wait.ts";

interface Connection {
  readonly id: string;
  readonly protocol: string;
  readonly channels: readonly string[];
}

forEachMode("connection_close ends a plain WebSocket with 1008, and nobody else", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
  const call = async (method: string, params: object) => {
    const url = `http://127.0.0.1:${server.port}/api/${method}`;
    const response = await fetch(url, { method: "POST", body: JSON.stringify(params) });
    return (await response.json()).result;
  };
  const closes: string[] = [];
  const sockets = ["a", "b"].map((name) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/channels/${name}`);
    socket.onclose = ({ code, reason }) => closes.push(`${name} ${code} ${reason}`);
    return socket;
  });
  const connections = await waitFor(async () => {
    const { connections } = await call("connections", { protocol: "websocket" });
    return connections.length === 2 ? connections as Connection[] : undefined;
  }, { what: "two connections" });
  const { id } = connections.find(({ channels }) => channels[0] === "b")!;
  assertEquals(await call("connection_close", { id }), { closed: true });
  await waitFor(() => closes.length > 0, { what: "the close" });
  assertEquals(closes, ["b 1008 force disconnect"]);
  assertEquals(sockets[0]?.readyState, WebSocket.OPEN);
  const exit = await server.stop();
  assertEquals([exit.code, exit.stopped?.clients], [0, 1]);
});
