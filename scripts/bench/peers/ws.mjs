/** The fan-out of `baselines/naive.ts` with the package ws on Node. */
import { WebSocketServer } from "ws";

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 4096 });

server.on("listening", () => {
  console.error(JSON.stringify({ event: "ready", port: server.address().port }));
});

server.on("connection", (socket, request) => {
  const room = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, room.add(socket));
  socket.on("close", () => room.delete(socket));
  socket.on("message", (data) => {
    for (const other of room) {
      if (other !== socket) other.send(data, { binary: false });
    }
  });
});
