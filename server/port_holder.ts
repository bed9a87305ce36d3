import type { Tls } from "./tls/mod.ts";
import { certificateBlocks } from "./tls/mod.ts";

/** Milliseconds that whoever holds the port gets to say who it is. */
const ASK_TIMEOUT_MS = 1_000;

/**
 * Who listens on a port that could not be bound, as the end of a sentence: asked by `/healthz`, as
 * reading the system's tables would need permissions that a server has no other use for.
 *
 * @param tls Ours: whoever holds the port may well show the same certificate.
 */
export async function describePortHolder(
  host: string,
  port: number,
  tls: Tls | undefined,
): Promise<string> {
  const health = await askHealth(`http://${host}:${port}/healthz`) ??
    (tls === undefined ? undefined : await askOverTls(host, port, tls));
  if (health === undefined) {
    return `another program listens there; to see which: ${lookupCommand(port)}`;
  }
  const { version, pid, uptime_s } = health;
  return `Midgard ${version} listens there (pid ${pid}, up for ${uptime_s} s)`;
}

interface Health {
  readonly version: string;
  readonly pid: number;
  readonly uptime_s: number;
}

/** Undefined for whatever does not answer as a Midgard does. */
async function askHealth(url: string): Promise<Health | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
    const body: unknown = await response.json();
    return isHealth(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** The same by the name in our certificate, which `fetch` would look up elsewhere. */
async function askOverTls(host: string, port: number, tls: Tls): Promise<Health | undefined> {
  const [name = host] = tls.certificate.names;
  const hostname = host.replace(/^\[|\]$/g, "");
  let connection: Deno.Conn | undefined;
  const timer = setTimeout(() => close(connection), ASK_TIMEOUT_MS);
  try {
    const plain = connection = await Deno.connect({ hostname, port });
    const caCerts = [...certificateBlocks(tls.cert)];
    connection = await Deno.startTls(plain, { hostname: name, caCerts });
    await connection.write(new TextEncoder().encode(ASK));
    const answer = await new Response(connection.readable).text();
    const body: unknown = JSON.parse(answer.slice(answer.indexOf("{")));
    return isHealth(body) ? body : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    close(connection);
  }
}

const ASK = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

function close(connection: Deno.Conn | undefined): void {
  try {
    connection?.close();
  } catch {
    // Closed already, by the other side or the timer.
  }
}

function isHealth(body: unknown): body is Health {
  return typeof body === "object" && body !== null &&
    "version" in body && typeof body.version === "string" &&
    "pid" in body && typeof body.pid === "number" &&
    "uptime_s" in body && typeof body.uptime_s === "number";
}

function lookupCommand(port: number): string {
  switch (Deno.build.os) {
    case "linux":
      return `ss -ltnp "sport = :${port}"`;
    case "windows":
      return `netstat -ano | findstr :${port}`;
    default:
      return `lsof -nP -iTCP:${port} -sTCP:LISTEN`;
  }
}
