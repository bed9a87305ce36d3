/** A TCP relay in front of a server, whose connections can be cut as a network cuts them. */
export class Relay implements Disposable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #serverPort: number;
  readonly #ends = new Set<Deno.TcpConn>();
  /** Whether it lets anybody through. */
  isOpen = true;

  /** Listens on a free port and passes everything on. */
  constructor(serverPort: number) {
    this.#serverPort = serverPort;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accept();
  }

  /** Cuts every connection in the middle of whatever it carries. */
  cut(): void {
    for (const end of this.#ends) closeQuietly(end);
    this.#ends.clear();
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    this.cut();
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) this.#join(client);
    } catch {
      // The listener was closed.
    }
  }

  async #join(client: Deno.TcpConn): Promise<void> {
    if (!this.isOpen) return closeQuietly(client);
    this.#ends.add(client);
    const options = { hostname: "127.0.0.1", port: this.#serverPort };
    const server = await Deno.connect(options).catch(() => undefined);
    // It may have been cut in the meantime.
    if (server === undefined || !this.#ends.has(client)) {
      if (server !== undefined) closeQuietly(server);
      return closeQuietly(client);
    }
    this.#ends.add(server);
    const pipes = [
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ];
    await Promise.allSettled(pipes);
    for (const end of [client, server]) this.#ends.delete(end);
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It has ended by itself.
  }
}
