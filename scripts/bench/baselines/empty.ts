/** The least that can be started: a `Deno.serve` that answers, and says when it listens. */
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => {
    const line = JSON.stringify({ event: "ready", port, deno: Deno.version.deno });
    Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  },
}, () => new Response("hello"));
