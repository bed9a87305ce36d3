/** Milliseconds that whoever holds the port gets to say who it is. */
const ASK_TIMEOUT_MS = 1_000;

/**
 * Who listens on a port that could not be bound, as the end of a sentence: asked by `/healthz`, as
 * reading the system's tables would need permissions that a server has no other use for.
 */
export async function describePortHolder(host: string, port: number): Promise<string> {
  const health = await askHealth(`http://${host}:${port}/healthz`);
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
