/**
 * Clients that all publish and all listen, faster than a server can hand out:
 * `load.ts --port 8000 --clients 200 --channels 10 --rate 100`.
 */
import { encodeFrame, OPCODE } from "../../../tests/helpers/frames.ts";
import { type Client, connectCrowd } from "./client.ts";
import { exitAfter, numbers, report } from "./report.ts";

const MESSAGE_BYTES = 128;

/** Messages one client may owe to a server that does not read. */
const MOST_OWED = 100;

/** Sends `rate` messages a second, or as many as the server takes. */
async function publish(client: Client, rate: number): Promise<void> {
  const message = encodeFrame(OPCODE.text, "x".repeat(MESSAGE_BYTES));
  const startedAt = performance.now();
  let sent = 0;
  while (!client.isClosing) {
    const due = Math.floor((performance.now() - startedAt) * rate / 1_000);
    for (sent = Math.max(sent, due - MOST_OWED); sent < due; sent++) {
      if (!await client.send(message)) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000 / rate));
  }
}

exitAfter(60);
const { port, clients: wanted, channels, rate } = numbers("port", "clients", "channels", "rate");
let received = 0;
const clients = await connectCrowd(wanted, (index) => ({
  port,
  path: `/channels/load-${index % channels}`,
  onData: () => received++,
}));
report("connected", { clients: clients.length });
for (const client of clients) void publish(client, rate);
await Promise.all(clients.map(({ ended }) => ended));
report("ended", { received });
Deno.exit(0);
