/**
 * A WebSocket echo server that stops as well as Midgard does, with nothing but `lifecycle/`.
 *
 * ```sh
 * deno run --allow-net scripts/examples/stop_well.ts [port]
 * ```
 *
 * @module
 */
import {
  InFlight,
  Lifecycle,
  Listener,
  listenForSignals,
  OpenSockets,
} from "../../lifecycle/mod.ts";

const lifecycle = new Lifecycle({ stopTimeoutMs: 8_000 });
const sockets = new OpenSockets({ code: 1001, reason: "server stopping" });
const requests = new InFlight();

function handle(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Response {
  if (!lifecycle.isAccepting) return new Response("stopping", { status: 503 });
  if (request.headers.get("upgrade") !== "websocket") {
    requests.track(info.completed);
    return new Response("hello");
  }
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onmessage = ({ data }) => socket.send(data);
  sockets.add(socket);
  return response;
}

const listener = new Listener(
  (signal, port) => Deno.serve({ signal, port, onListen: () => {} }, handle),
  { port: Number(Deno.args[0] ?? 8_080) },
);
listenForSignals({
  onStop: (signal) => lifecycle.requestStop(signal),
  onForce: (_signal, exitCode) => Deno.exit(exitCode),
  onReload: () => {},
}, { hasTerminal: true });

const { port } = await listener.bind();
lifecycle.ready();
console.log(`ws://127.0.0.1:${port}, Ctrl-C stops`);
const report = await lifecycle.untilStopped({
  connections: sockets,
  requests,
  listener,
  resources: [{ name: "store", close: () => Promise.resolve() }],
});
console.log(
  `${report.closedCleanly} of ${report.clients} closed cleanly in ${report.durationMs} ms`,
);
Deno.exit(report.isComplete ? 0 : 1);
