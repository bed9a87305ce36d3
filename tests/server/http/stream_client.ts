import { assert } from "@std/assert";
import type { Site } from "./site.ts";

/** A message of the Centrifuge protocol. */
export type Message = Readonly<Record<string, unknown>>;

/** A client of the Centrifuge protocol that reads an HTTP stream of a site. */
export class StreamClient implements AsyncDisposable {
  readonly #site: Site;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest = "";
  readonly #read: string[] = [];
  #lastId = 1;
  /** Its id, and the name of its stream. */
  readonly #self: { client: string; session: string; node: string } = {
    client: "",
    session: "",
    node: "",
  };

  private constructor(site: Site, reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#site = site;
    this.#reader = reader;
  }

  /** Connects, and takes the first answer; the connect command may hold a token. */
  static async open(site: Site, connect: Message = {}): Promise<StreamClient> {
    const body = JSON.stringify({ id: 1, connect });
    const response = await site.request("POST /connection/http_stream", { body });
    assert(response.body !== null);
    const client = new StreamClient(site, response.body.getReader());
    const { connect: result } = await client.next() as { connect?: Message };
    Object.assign(client.#self, result);
    return client;
  }

  /** What others know it by. */
  get id(): string {
    return this.#self.client;
  }

  /** The name of its stream. */
  get session(): string {
    return this.#self.session;
  }

  /** Sends a command; gives its answer, or nothing if the stream ends first. What comes before it is dropped. */
  async ask(method: string, params: Message): Promise<Message> {
    const id = await this.#send(method, params);
    for (let line = await this.line(); line !== undefined; line = await this.line()) {
      const { id: answered, ...reply } = JSON.parse(line);
      if (answered === id) return reply;
    }
    return {};
  }

  /** Sends a command; gives what comes next, which is its answer if nothing came before. */
  async peek(method: string, params: Message): Promise<Message> {
    const sent = await this.#send(method, params);
    const { id, ...reply } = await this.next();
    return id === sent ? reply : { id, ...reply };
  }

  async #send(method: string, params: Message): Promise<number> {
    const id = ++this.#lastId;
    const { session, node } = this.#self;
    const data = JSON.stringify({ id, [method]: params });
    const body = JSON.stringify({ session, node, data });
    await this.#site.request("POST /emulation", { body });
    return id;
  }

  /** The next message as it stands; undefined at the end of the stream. */
  async line(): Promise<string | undefined> {
    while (this.#read.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      const lines = (this.#rest + new TextDecoder().decode(value)).split("\n");
      this.#rest = lines.pop() ?? "";
      this.#read.push(...lines);
    }
    return this.#read.shift();
  }

  /** The next message, parsed; the end of the stream is an empty one. */
  async next(): Promise<Message> {
    return JSON.parse(await this.line() ?? "{}");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}
