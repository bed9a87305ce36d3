/**
 * WebSockets with nothing around them: two handlers each, and on SIGINT one loop of `close` and a
 * wait for every `close` event.
 */
const sockets = new Set<WebSocket>();
let clean = 0;
let onEmpty = () => {};

function say(event: string, fields: object): void {
  const line = JSON.stringify({ event, ...fields });
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

Deno.addSignalListener("SIGINT", async () => {
  const startedAt = performance.now();
  const clients = sockets.size;
  const empty = new Promise<void>((resolve) => onEmpty = resolve);
  for (const socket of sockets) socket.close(1001, "server stopping");
  if (clients > 0) await empty;
  const duration_ms = Math.round(performance.now() - startedAt);
  say("stopped", { clients, closed_cleanly: clean, duration_ms });
  Deno.exit(0);
});

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  tcpBacklog: 4_096,
  onListen: ({ port }) => say("ready", { port, deno: Deno.version.deno }),
}, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => sockets.add(socket);
  socket.onclose = ({ code }) => {
    if (code === 1001) clean += 1;
    if (sockets.delete(socket) && sockets.size === 0) onEmpty();
  };
  return response;
});
