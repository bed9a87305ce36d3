/** The fan-out of `baselines/naive.ts` with Socket.IO on Node, over WebSockets only. */
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  socket.on("m", (text) => socket.broadcast.emit("m", text));
});

http.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
  console.error(JSON.stringify({ event: "ready", port: http.address().port }));
});
