/**
 * A port for tests that need the same one twice. It lies below the range from which systems pick
 * ports for outgoing connections (Linux: 32768, others: 49152), so that no client of a test that
 * runs at the same time can sit on it in the moment between two servers.
 */
export function freePort(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch {
      // Taken: try another.
    }
  }
  throw new Error("Cannot find a free port between 20000 and 32000");
}
