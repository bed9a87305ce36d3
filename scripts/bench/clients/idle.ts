/**
 * Clients that do nothing until they are told to go:
 * `idle.ts --port 8000 --protocol plain --clients 10000`. Over Centrifuge each has subscribed.
 */
import type { Client } from "./client.ts";
import { dialectOf } from "./dialect.ts";
import { exitAfter, numbers, protocolArgument, report } from "./report.ts";
import { connectSubscribers } from "./subscriber.ts";

/** What a server that stops says in either protocol: going away, and Centrifuge's "shutdown". */
const STOPPING = [1001, 3001];

exitAfter(180);
const wish = numbers("port", "clients");
const protocol = protocolArgument();
const { reader, pong } = dialectOf(protocol);
const read = reader();
const startedAt = performance.now();
const clients: Client[] = [];
clients.push(
  ...await connectSubscribers({
    ...wish,
    protocol,
    channels: 1,
    onData: (frame, index) => read(frame, () => {}, () => void clients[index]?.send(pong)),
  }),
);
report("connected", {
  clients: clients.length,
  duration_ms: Math.round(performance.now() - startedAt),
});
const codes = await Promise.all(clients.map(({ ended }) => ended));
const isClean = (code: number | undefined) => code !== undefined && STOPPING.includes(code);
report("ended", { clean: codes.filter(isClean).length, of: codes.length });
Deno.exit(0);
