/** A collector for OTLP over HTTP as JSON, which keeps whatever it is sent. */

/** What was sent to one address: `/v1/traces`, `/v1/metrics` or `/v1/logs`. */
interface Received {
  readonly path: string;
  readonly text: string;
}

/** Listens until disposed. */
export class OtlpCollector implements AsyncDisposable {
  readonly #received: Received[] = [];
  readonly #server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const { pathname: path } = new URL(request.url);
      this.#received.push({ path, text: await request.text() });
      return Response.json({});
    },
  );

  /** The variables that make a Deno program export to it, quickly. */
  get env(): Record<string, string> {
    return {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_METRIC_EXPORT_INTERVAL: "500",
      OTEL_BSP_SCHEDULE_DELAY: "100",
      OTEL_SERVICE_NAME: "midgard",
    };
  }

  /** All that was sent to an address, or to any. */
  text(path?: string): string {
    const sent = this.#received.filter((each) => path === undefined || each.path === path);
    return sent.map(({ text }) => text).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
