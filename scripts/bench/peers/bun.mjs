/** The fan-out of `baselines/naive.ts` with Bun's own topics. */
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    const topic = new URL(request.url).pathname;
    return server.upgrade(request, { data: { topic } }) ? undefined : new Response("hello");
  },
  websocket: {
    open: (socket) => socket.subscribe(socket.data.topic),
    message: (socket, message) => socket.publish(socket.data.topic, message),
  },
});
console.error(JSON.stringify({ event: "ready", port: server.port }));
