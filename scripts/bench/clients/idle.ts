/** Clients that do nothing until they are told to go: `idle.ts --port 8000 --clients 10000`. */
import { connectCrowd } from "./client.ts";
import { exitAfter, numbers, report } from "./report.ts";

/** Enough for a Close frame or a Ping. */
const BUFFER_BYTES = 64;

exitAfter(180);
const { port, clients: wanted } = numbers("port", "clients");
const options = { port, path: "/channels/idle", bufferBytes: BUFFER_BYTES };
const startedAt = performance.now();
const clients = await connectCrowd(wanted, () => options);
report("connected", {
  clients: clients.length,
  duration_ms: Math.round(performance.now() - startedAt),
});
const codes = await Promise.all(clients.map(({ ended }) => ended));
report("ended", { clean: codes.filter((code) => code === 1001).length, of: codes.length });
Deno.exit(0);
