/** The fan-out that everybody writes first: one `send` for each other socket, at once. */
const rooms = new Map<string, Set<WebSocket>>();

function say(event: string, fields: object): void {
  const line = JSON.stringify({ event, ...fields });
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

function roomOf(path: string): Set<WebSocket> {
  const room = rooms.get(path) ?? new Set();
  rooms.set(path, room);
  return room;
}

Deno.addSignalListener("SIGINT", () => {
  say("draining", {});
  for (const room of rooms.values()) {
    for (const socket of room) socket.close(1001, "server stopping");
    room.clear();
  }
});

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  tcpBacklog: 4_096,
  onListen: ({ port }) => say("ready", { port, deno: Deno.version.deno }),
}, (request) => {
  const room = roomOf(new URL(request.url).pathname);
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => room.add(socket);
  socket.onclose = () => room.delete(socket);
  socket.onmessage = ({ data }) => {
    for (const other of room) {
      if (other !== socket) other.send(data);
    }
  };
  return response;
});
