import { Deadline } from "./deadline.ts";

/** What came of connecting to a port of our own. */
export type Knock =
  /** It was accepted, and something was said or the connection ended. */
  | "answered"
  /** Nobody listens there. */
  | "refused"
  /** Nothing can be told: no descriptor left, or no answer in time. */
  | "unknown";

/** Not HTTP: the runtime answers 400 by itself, and no handler ever sees it. */
const NONSENSE = new TextEncoder().encode("*\r\n\r\n");

/**
 * Connects to our own port. The kernel hands connections over in the order they were made, so when
 * this one is answered every earlier one has been accepted.
 *
 * @param deadlineMs Milliseconds to wait for the answer.
 */
export async function knock({ hostname, port }: Deno.NetAddr, deadlineMs: number): Promise<Knock> {
  const startedAt = performance.now();
  const connecting = Deno.connect({ hostname: reachable(hostname), port });
  const open = await connected(connecting, deadlineMs);
  if (typeof open === "string") return open;
  const leftMs = Math.max(1, deadlineMs - (performance.now() - startedAt));
  const timer = setTimeout(() => close(open), leftMs);
  try {
    await open.write(NONSENSE);
    await open.read(new Uint8Array(16));
    return "answered";
  } catch {
    return "unknown";
  } finally {
    clearTimeout(timer);
    close(open);
  }
}

/** The connection, or why there is none; with a full queue the kernel does not answer at all. */
async function connected(
  connecting: Promise<Deno.TcpConn>,
  deadlineMs: number,
): Promise<Deno.TcpConn | "refused" | "unknown"> {
  const waited = await new Deadline(deadlineMs).wait(connecting);
  if (waited.kind === "done") return waited.value;
  if (waited.kind === "failed") {
    return waited.error instanceof Deno.errors.ConnectionRefused ? "refused" : "unknown";
  }
  // Should it come about all the same, nobody is there to use it.
  connecting.then(close, () => {});
  return "unknown";
}

/** Every address of this machine is reached by loopback. */
function reachable(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already, by the timer.
  }
}
