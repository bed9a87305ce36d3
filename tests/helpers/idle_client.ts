/**
 * A program that opens WebSockets and then does nothing, to be frozen with SIGSTOP by
 * `ClientProcess`: a peer in the test's own process cannot be frozen.
 *
 * Arguments: port, path, number of sockets.
 */
import { connectPeers } from "./expectations.ts";

const [port, path, count] = Deno.args;
const peers = await connectPeers(Number(port), Number(count), () => ({ path: path! }));
Deno.stdout.writeSync(new TextEncoder().encode("connected\n"));
await Promise.all(peers.map((peer) => peer.closed));
