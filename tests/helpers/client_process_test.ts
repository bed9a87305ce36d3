import { assert, assertEquals } from "@std/assert";
import { ClientProcess } from "./client_process.ts";
import { freePort } from "./free_port.ts";
import { kernelBufferBytes } from "./kernel_buffers.ts";
import { sleep, waitFor } from "./wait.ts";

Deno.test("ClientProcess answers until it is frozen, and its sockets stay open", async () => {
  const sockets: WebSocket[] = [];
  let closed = 0;
  const stop = new AbortController();
  const options = { port: 0, hostname: "127.0.0.1", signal: stop.signal, onListen: () => {} };
  const server = Deno.serve(options, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.onclose = () => closed++;
    sockets.push(socket);
    return response;
  });
  {
    await using client = await ClientProcess.start({ port: server.addr.port, count: 2 });
    sockets[0]!.close(1001);
    await waitFor(() => closed === 1, { what: "the answer of a live client" });
    client.freeze();
    sockets[1]!.close(1001);
    // The behaviour is silence.
    await sleep(200);
    assertEquals(closed, 1);
  }
  await waitFor(() => closed === 2, { what: "the end of a killed client" });
  stop.abort();
  await server.finished;
});

Deno.test("kernelBufferBytes finds a limit", async () => {
  const bytes = await kernelBufferBytes();
  assert(bytes > 50_000 && bytes < 100_000_000, `${bytes} bytes`);
});

Deno.test("freePort finds a port outside of what outgoing connections use", () => {
  const port = freePort();
  assert(port >= 20_000 && port < 32_768, `${port}`);
  Deno.listen({ hostname: "127.0.0.1", port }).close();
});
