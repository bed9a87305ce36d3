/**
 * The transports of the Centrifuge protocol by hand: what goes out is what the test says, and what
 * comes in is told as it is, also what an official client would hide.
 */
import { officialFrame, officialReplies } from "../server/protocol/official_codec.ts";

/** A message of the protocol, or a part of one. */
export type Fields = Readonly<Record<string, unknown>>;

/** How a connection ended: by a Close frame, or by the disconnect push of a stream. */
export interface WireEnding {
  /** An HTTP status where the connection was refused; 0 where a stream ended without a word. */
  readonly code: number;
  readonly reason: string;
}

/** The ways in which a client can speak the protocol. */
export const WIRE_PROTOCOLS = [
  "websocket",
  "websocket protobuf",
  "http_stream",
  "sse",
] as const;

/** See {@linkcode WIRE_PROTOCOLS}. */
export type WireProtocol = typeof WIRE_PROTOCOLS[number];

/** What a wire needs. */
export interface WireOptions {
  readonly port: number;
  readonly protocol: WireProtocol;
  /** Added to the address, without `?`. */
  readonly query?: string;
  /** The first frame; a stream is opened with it. */
  readonly first: readonly Fields[];
  readonly onReply: (reply: Fields) => void;
  /** Called once. */
  readonly onEnd: (ending: WireEnding) => void;
}

/** One open connection. */
export interface Wire {
  /** Sends commands as one frame. */
  send(commands: readonly Fields[]): void;
  close(): void;
}

/** Opens a connection; one that is refused has ended by then. */
export function openWire(options: WireOptions): Promise<Wire> {
  const isSocket = options.protocol.startsWith("websocket");
  return isSocket ? openSocket(options) : openStream(options);
}

async function openSocket({ port, protocol, query = "", ...options }: WireOptions): Promise<Wire> {
  const isBinary = protocol === "websocket protobuf";
  const url = `ws://127.0.0.1:${port}/connection/websocket?${query}`;
  const socket = isBinary ? new WebSocket(url, "centrifuge-protobuf") : new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const send = (commands: readonly Fields[]) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(isBinary ? officialFrame(...commands.map(withBytes)) : linesOf(commands));
  };
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    const replies = typeof data === "string"
      ? data.split("\n").map((line) => JSON.parse(line))
      : officialReplies(new Uint8Array(data)).map(withJson);
    for (const reply of replies) options.onReply(reply as Fields);
  };
  await new Promise<void>((resolve) => {
    socket.onopen = () => resolve();
    socket.onclose = ({ code, reason }) => {
      options.onEnd({ code, reason });
      resolve();
    };
  });
  send(options.first);
  return { send, close: () => socket.close() };
}

/** Where the commands of a stream's reader go, as its connect reply says. */
interface Beside {
  readonly session: string;
  readonly node: string;
}

async function openStream(options: WireOptions): Promise<Wire> {
  const { port, onEnd } = options;
  const abort = new AbortController();
  const origin = `http://127.0.0.1:${port}`;
  const response = await fetch(...streamRequest(options, abort.signal));
  if (response.status !== 200 || response.body === null) {
    onEnd({ code: response.status, reason: await response.text() });
    return { send: () => {}, close: () => {} };
  }
  const beside = Promise.withResolvers<Beside>();
  readStream(response.body, { ...options, beside }).catch(() => {}).finally(() =>
    onEnd({ code: 0, reason: "" })
  );
  const send = async (commands: readonly Fields[]) => {
    const body = JSON.stringify({ ...await beside.promise, data: linesOf(commands) });
    const sent = await fetch(`${origin}/emulation`, { method: "POST", body, signal: abort.signal });
    await sent.body?.cancel();
  };
  // A command that is under way when the stream is closed has nobody to be told of it.
  return {
    send: (commands) => void send(commands).catch(() => {}),
    close: () => abort.abort(),
  };
}

function streamRequest(
  { port, protocol, query = "", first }: WireOptions,
  signal: AbortSignal,
): [string, RequestInit] {
  const url = `http://127.0.0.1:${port}/connection/${protocol}?${query}`;
  if (protocol === "http_stream") return [url, { method: "POST", body: linesOf(first), signal }];
  return [`${url}&cf_connect=${encodeURIComponent(linesOf(first))}`, { signal }];
}

async function readStream(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { protocol, onReply, onEnd, beside }: WireOptions & {
    readonly beside: PromiseWithResolvers<Beside>;
  },
): Promise<void> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter((line) => line !== "")) {
      const json = protocol === "sse" ? line.replace(/^data: /, "") : line;
      const reply = JSON.parse(json) as Record<string, Fields | undefined>;
      const { session, node } = (reply["connect"] ?? {}) as Partial<Beside>;
      if (session !== undefined && node !== undefined) beside.resolve({ session, node });
      const end = reply["push"]?.["disconnect"] as WireEnding | undefined;
      if (end === undefined) onReply(reply as Fields);
      else onEnd(end);
    }
  }
}

function linesOf(commands: readonly Fields[]): string {
  return commands.map((command) => JSON.stringify(command)).join("\n");
}

/** Payloads of Protobuf are bytes: JSON is written, bytes stay. */
function withBytes(command: Fields): object {
  return Object.fromEntries(
    Object.entries(command).map(([name, value]) => {
      if (typeof value !== "object" || value === null || !("data" in value)) return [name, value];
      const { data } = value;
      const bytes = data instanceof Uint8Array
        ? data
        : new TextEncoder().encode(JSON.stringify(data));
      return [name, { ...value, data: bytes }];
    }),
  );
}

const PAYLOADS = ["data", "conn_info", "chan_info"];

/** What is JSON in the JSON protocol, parsed. */
function withJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const isJson = PAYLOADS.includes(name) && typeof inner === "string";
      return [name, isJson ? parsed(inner) : withJson(inner)];
    }),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
