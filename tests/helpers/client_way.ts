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
  const { fetch, eventsource } = holding();
  return new Client([{ transport, endpoint }], {
    fetch,
    eventsource,
    emulationEndpoint: `http://${host}/emulation`,
    minReconnectDelay: 20,
    maxReconnectDelay: 200,
    ...options,
  });
}

type Fetch = typeof fetch;

/**
 * Deno ends an aborted answer only if it was not collected as garbage before (2.9.6), and the
 * client keeps no answer: a `fetch` and an EventSource that do.
 */
function holding(): { readonly fetch: Fetch; readonly eventsource: unknown } {
  const held = new Set<Response>();
  const holdingFetch: Fetch = async (input, init) => {
    const response = await fetch(input, init);
    held.add(response);
    init?.signal?.addEventListener("abort", () => held.delete(response));
    return response;
  };
  const eventsource = class extends EventSource {
    constructor(url: string | URL) {
      super(url, { fetch: (input, init) => holdingFetch(input, init as RequestInit) });
    }
  };
  return { fetch: holdingFetch, eventsource };
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
