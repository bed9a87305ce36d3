/** Speaks just enough of Redis to be taken for one of another version. */
export class OldRedis implements Disposable {
  readonly port: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #info: string;

  /** @param info What it says of itself. */
  constructor(info: string) {
    this.port = this.#listener.addr.port;
    this.#info = `$${info.length}\r\n${info}\r\n`;
    this.#accept();
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    try {
      for await (const connection of this.#listener) this.#answer(connection).catch(() => {});
    } catch {
      // The listener was closed.
    }
  }

  async #answer(connection: Deno.TcpConn): Promise<void> {
    const writer = connection.writable.getWriter();
    for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) {
      const names = [...text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)].map(([, name]) => name);
      const replies = names.map((name) => name?.toUpperCase() === "INFO" ? this.#info : "+OK\r\n");
      await writer.write(new TextEncoder().encode(replies.join("")));
    }
  }
}
