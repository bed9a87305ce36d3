/** Everyone who can look at a channel, each over a wire of its own, with what each was shown. */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { Centrifuge as JsonCentrifuge } from "centrifuge";
import { Centrifuge as ProtobufCentrifuge } from "centrifuge/build/protobuf";
import { type Line, RawCentrifugePeer } from "../helpers/raw_centrifuge_peer.ts";
import { ClientStream, type StreamKind } from "../helpers/client_stream.ts";
import { OPCODE, textOf } from "../helpers/frames.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { waitFor, within } from "../helpers/wait.ts";

/** One publication as the log shows it. */
export interface Logged {
  readonly offset: number;
  readonly data?: unknown;
  readonly b64data?: string;
}

/** One who looks. */
export interface Viewer {
  readonly name: string;
  /** What it was shown so far. */
  shown(): unknown[];
  /** What it is to be shown for one publication. */
  expected(publication: Logged): unknown;
  /** Why its connection ended, once the server has stopped. */
  goodbye(): Promise<unknown>;
}

/** A plain WebSocket: text frames and binary frames, no offsets. */
export async function plainViewer(port: number, channel: string): Promise<Viewer> {
  const peer = await RawPeer.connect({ port, path: `/channels/${channel}` });
  return {
    name: "plain socket",
    shown: () =>
      peer.messages.map((frame) =>
        frame.opcode === OPCODE.text ? { text: textOf(frame) } : { binary: [...frame.payload] }
      ),
    expected: ({ data, b64data }) =>
      b64data === undefined ? { text: textForm(data) } : { binary: [...decodeBase64(b64data)] },
    goodbye: async () => {
      await within(peer.closed, { what: "the plain socket to end" });
      return peer.closeFrames.map(({ code, reason }) => ({ code, reason }))[0];
    },
  };
}

/** A reader of `GET /channels/<channel>` as events. */
export async function eventsViewer(port: number, channel: string): Promise<Viewer> {
  const reader = new SseReader({ channel });
  const reading = reader.read(port);
  await reader.until(({ hasBegun }) => hasBegun, { what: "the events to begin" });
  return {
    name: "events",
    shown: () =>
      reader.events.map(({ id, type, data }) => ({ offset: Number(id.split(":")[1]), type, data })),
    expected: ({ offset, data, b64data }) =>
      b64data === undefined
        ? { offset, type: "message", data: textForm(data) }
        : { offset, type: "binary", data: b64data },
    goodbye: async () => (await within(reading, { what: "the events to end" })).kind,
  };
}

/** JSON of the Centrifuge protocol as it stands on a WebSocket. */
export async function rawSocketViewer(port: number, channel: string): Promise<Viewer> {
  const peer = await RawCentrifugePeer.open({ port });
  await peer.connect({ channel, subscribe: {} });
  return {
    name: "Centrifuge JSON, as it is, over websocket",
    shown: () => publicationsIn(peer.lines),
    expected: (publication) => publication,
    goodbye: async () => {
      await within(peer.raw.closed, { what: "the socket to end" });
      return peer.raw.closeFrames.map(({ code, reason }) => ({ code, reason }))[0];
    },
  };
}

/** JSON of the Centrifuge protocol as it stands in a stream. */
export async function rawStreamViewer(
  port: number,
  channel: string,
  kind: StreamKind,
): Promise<Viewer> {
  const stream = await ClientStream.open({ port, kind, commands: [{ subscribe: { channel } }] });
  await stream.until(({ lines }) => lines.some(({ subscribe }) => subscribe !== undefined), {
    what: "the subscribe reply",
  });
  return {
    name: `Centrifuge JSON, as it is, over ${kind}`,
    shown: () => publicationsIn(stream.lines),
    expected: (publication) => publication,
    goodbye: async () => {
      await within(stream.ended, { what: "the stream to end" });
      return stream.lines.at(-1)?.push?.disconnect;
    },
  };
}

/** How an official client connects. */
export interface OfficialOptions {
  readonly encoding: "JSON" | "Protobuf";
  readonly transport: "websocket" | StreamKind;
}

/** An official client, which can publish as well. */
export type OfficialViewer = Viewer & { publish(data: unknown): Promise<unknown> };

/** The official client in one of its builds, over one of its transports. */
export async function officialViewer(
  port: number,
  channel: string,
  { encoding, transport }: OfficialOptions,
): Promise<OfficialViewer> {
  const scheme = transport === "websocket" ? "ws" : "http";
  const endpoint = `${scheme}://127.0.0.1:${port}/connection/${transport}`;
  const Centrifuge = encoding === "JSON" ? JsonCentrifuge : ProtobufCentrifuge;
  const client = new Centrifuge([{ transport, endpoint }], {
    ...{ websocket: WebSocket, fetch, readableStream: ReadableStream, eventsource: EventSource },
    emulationEndpoint: `http://127.0.0.1:${port}/emulation`,
  });
  const shown: unknown[] = [];
  const subscription = client.newSubscription(channel);
  subscription.on("publication", ({ offset, data }) => {
    shown.push({ offset, data: data instanceof Uint8Array ? encodeBase64(data) : data });
  });
  const goodbye = Promise.withResolvers<unknown>();
  client.on("connecting", ({ code, reason }) => {
    if (code === 0) return;
    goodbye.resolve({ code, reason });
    client.disconnect();
  });
  subscription.subscribe();
  client.connect();
  await within(subscription.ready(), { what: `${encoding} over ${transport}` });
  return {
    name: `official client, ${encoding} over ${transport}`,
    shown: () => shown,
    expected: encoding === "JSON" ? officialJson : officialProtobuf,
    goodbye: () => within(goodbye.promise, { what: `${encoding} over ${transport} to hear` }),
    publish: (data) => subscription.publish(data),
  };
}

/** Waits until everyone was shown `count` publications. */
export async function allShown(viewers: readonly Viewer[], count: number): Promise<void> {
  await waitFor(() => viewers.every((viewer) => viewer.shown().length >= count), {
    what: `${count} publications everywhere`,
    explain: () => viewers.map(({ name, shown }) => `${name}: ${shown().length}`).join("\n"),
  });
}

/** What the log tells of one publication, without what a test cannot know. */
export function loggedOf({ offset, data, b64data }: Logged): Logged {
  return { offset, ...(b64data === undefined ? { data } : { b64data }) };
}

/** The official client in JSON knows no binary data: it shows none. */
function officialJson({ offset, data }: Logged): unknown {
  return { offset, data };
}

function officialProtobuf({ offset, data, b64data }: Logged): unknown {
  const bytes = b64data === undefined
    ? new TextEncoder().encode(textForm(data))
    : decodeBase64(b64data);
  return { offset, data: encodeBase64(bytes) };
}

/** Text as itself, JSON as it was written: all that these tests publish is written tight. */
function textForm(data: unknown): string {
  return typeof data === "string" ? data : JSON.stringify(data);
}

function publicationsIn(lines: readonly Line[]): Logged[] {
  return lines.filter(({ push }) => push?.pub !== undefined).map(({ push }) => loggedOf(push.pub));
}
