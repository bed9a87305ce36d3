/**
 * A program that opens WebSockets from another network namespace and then only answers pings, so
 * that its network can be taken away from it.
 *
 * Arguments: address as host:port, number of plain sockets and of clients of the protocol each.
 */
const [address, count] = Deno.args;

function open(path: string, first?: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${address}${path}`);
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  socket.onerror = () => reject(new Error(`Cannot open ${path}`));
  socket.onopen = () => first === undefined ? resolve(socket) : socket.send(first);
  socket.onmessage = ({ data }) => {
    if (data === "{}") socket.send("{}");
    resolve(socket);
  };
  return promise;
}

const commands = '{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"pair"}}';
const opening = Array.from({ length: Number(count) }, () => [
  open("/channels/pair"),
  open("/connection/websocket", commands),
]);
await Promise.all(opening.flat());
Deno.stdout.writeSync(new TextEncoder().encode("connected\n"));
