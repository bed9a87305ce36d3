/** The ways by which the official client reaches a server: its transports, as text and as bytes. */
import { Centrifuge, type Options, type TransportName } from "centrifuge";
import { Centrifuge as CentrifugeOfBytes } from "centrifuge/build/protobuf";
import { EventSource } from "eventsource";

/** One way to reach a server. */
export interface Way {
  readonly name: string;
  readonly transport: TransportName;
  /** Whether it speaks Protobuf: then payloads are bytes. */
  readonly hasBytes: boolean;
}

/** Every way there is. */
export const WAYS: readonly Way[] = [
  { name: "websocket", transport: "websocket", hasBytes: false },
  { name: "websocket with Protobuf", transport: "websocket", hasBytes: true },
  { name: "http_stream", transport: "http_stream", hasBytes: false },
  { name: "http_stream with Protobuf", transport: "http_stream", hasBytes: true },
  { name: "sse", transport: "sse", hasBytes: false },
];

/** A client that is not connected yet, and comes back fast when it has lost its connection. */
export function clientOf(way: Way, port: number, options: Partial<Options> = {}): Centrifuge {
  const { transport, hasBytes } = way;
  const host = `127.0.0.1:${port}`;
  const scheme = transport === "websocket" ? "ws" : "http";
  const endpoint = `${scheme}://${host}/connection/${transport}`;
  // The two builds declare the same class twice.
  const Client = hasBytes ? CentrifugeOfBytes as unknown as typeof Centrifuge : Centrifuge;
  return new Client([{ transport, endpoint }], {
    fetch: abortableFetch,
    eventsource: AbortableEventSource,
    emulationEndpoint: `http://${host}/emulation`,
    minReconnectDelay: 20,
    maxReconnectDelay: 200,
    ...options,
  });
}

/**
 * `fetch`, whose answers end when they are aborted. Deno (2.9.6) forgets what to end once nobody
 * holds the answer itself, which the client does not: its stream would go on for ever.
 */
export async function abortableFetch(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const response = await fetch(input, init);
  const { body } = response;
  const signal = init?.signal;
  if (body === null || !signal) return response;
  const getReader = body.getReader.bind(body);
  body.getReader = ((...options: []) => {
    const reader = getReader(...options);
    const cancel = () => void reader.cancel().catch(() => {});
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
    return reader;
  }) as typeof getReader;
  return response;
}

class AbortableEventSource extends EventSource {
  constructor(url: string | URL) {
    super(url, { fetch: (input, init) => abortableFetch(input, init as RequestInit) });
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A value as a client publishes it. */
export function packed(way: Way, value: unknown): unknown {
  return way.hasBytes ? encoder.encode(JSON.stringify(value)) : value;
}

/** The value in what a client was given. */
export function unpacked(data: unknown): unknown {
  return data instanceof Uint8Array ? JSON.parse(decoder.decode(data)) : data;
}
