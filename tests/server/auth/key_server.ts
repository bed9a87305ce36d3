import type { JWK } from "jose";

/** A server of key sets on a free port, which counts what it is asked. */
export class KeyServer implements AsyncDisposable {
  /** What it answers; change it at will. */
  answer: (request: Request) => Response | Promise<Response>;
  /** The paths that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(...keys: readonly unknown[]) {
    this.answer = () => keySet(...keys);
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
      const { pathname, search } = new URL(request.url);
      this.asked.push(pathname + search);
      return this.answer(request);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** An answer that is a key set. */
export function keySet(...keys: readonly (JWK | unknown)[]): Response {
  return Response.json({ keys });
}
