import { encodeFrame, OPCODE } from "../../../tests/helpers/frames.ts";
import type { ScannedFrame } from "./frame_scanner.ts";
import { NatsReader } from "./nats_reader.ts";
import { protobufSubscription, takeProtobufPushes } from "./protobuf_pushes.ts";
import { digitsAt, takePushes } from "./pushes.ts";

/** What a crowd speaks. */
export const PROTOCOLS = ["centrifuge", "nats", "plain", "protobuf", "socketio"] as const;

/** See `PROTOCOLS`. */
export type Protocol = typeof PROTOCOLS[number];

/** Tells the number of each message in a frame, and of a ping that wants `pong`. */
export type TakeNumbers = (
  frame: ScannedFrame,
  onNumber: (number: number) => void,
  onPing: () => void,
) => void;

/** How a crowd says and hears the same things in a protocol. */
export interface Dialect {
  /** Where to connect for a channel. */
  path(channel: string): string;
  /** The frame that makes a new connection a publisher; undefined where it is one. */
  readonly hello: Frame | undefined;
  /** The frame that makes a new connection a subscriber; undefined where it is one. */
  subscription(channel: string): Frame | undefined;
  /** Whether that text says that the subscription holds. */
  isSubscribed(text: string): boolean;
  /** The number of the first message of a channel. */
  readonly firstNumber: number;
  /** Reads the frames of one connection, in order. */
  reader(): TakeNumbers;
  /** The answer to a ping: without it a server gives a client up. */
  readonly pong: Frame;
  /** What publishes the message with that index, in so many bytes of payload. */
  message(index: number, to: { readonly channel: string; readonly bytes: number }): string;
}

type Frame = Uint8Array<ArrayBuffer>;

/** Digits of a number at the start of a plain message. */
export const NUMBER_DIGITS = 10;

/** What makes a new Centrifuge connection a connected client. */
export const CONNECT = '{"id":1,"connect":{"name":"js"}}';

/** What stands before the text of an event of Socket.IO that is called m. */
const EVENT = '42["m","';

/** The ping of Engine.IO, on which Socket.IO stands. */
const ENGINE_PING = "2".charCodeAt(0);

const NATS_CONNECT = 'CONNECT {"verbose":false,"pedantic":false,"protocol":1}\r\n';

/** Where frames carry their number, no ping and nothing else. */
const takeNumber: TakeNumbers = ({ bytes, start }, onNumber) =>
  onNumber(digitsAt(bytes, start, NUMBER_DIGITS));

const takeEvent: TakeNumbers = ({ bytes, start, end }, onNumber, onPing) => {
  if (end - start > EVENT.length) onNumber(digitsAt(bytes, start + EVENT.length, NUMBER_DIGITS));
  else if (bytes[start] === ENGINE_PING) onPing();
};

function textFrame(text: string): Frame {
  return encodeFrame(OPCODE.text, text);
}

function numbered(index: number, bytes: number): string {
  return String(index).padStart(NUMBER_DIGITS, "0").padEnd(bytes, "x");
}

const CENTRIFUGE: Dialect = {
  path: () => "/connection/websocket",
  hello: textFrame(CONNECT),
  subscription: (channel) => textFrame(`${CONNECT}\n{"id":2,"subscribe":{"channel":"${channel}"}}`),
  isSubscribed: (text) => text.includes('"subscribe":'),
  firstNumber: 1,
  reader: () => takePushes,
  pong: textFrame("{}"),
  message: (index, { channel, bytes }) => {
    const data = `{"d":"${"x".repeat(bytes - '{"d":""}'.length)}"}`;
    return `{"id":${index + 2},"publish":{"channel":"${channel}","data":${data}}}`;
  },
};

const DIALECTS: Readonly<Record<Protocol, Dialect>> = {
  centrifuge: CENTRIFUGE,
  nats: {
    path: () => "/",
    hello: encodeFrame(OPCODE.binary, NATS_CONNECT),
    subscription: (channel) =>
      encodeFrame(OPCODE.binary, `${NATS_CONNECT}SUB ${channel} 1\r\nPING\r\n`),
    isSubscribed: (text) => text.includes("PONG"),
    firstNumber: 0,
    reader: () => new NatsReader().take,
    pong: encodeFrame(OPCODE.binary, "PONG\r\n"),
    message: (index, { channel, bytes }) =>
      `PUB ${channel} ${bytes}\r\n${numbered(index, bytes)}\r\n`,
  },
  plain: {
    path: (channel) => `/channels/${channel}`,
    hello: undefined,
    subscription: () => undefined,
    isSubscribed: () => true,
    firstNumber: 0,
    reader: () => takeNumber,
    pong: new Uint8Array(),
    message: (index, { bytes }) => numbered(index, bytes),
  },
  protobuf: {
    ...CENTRIFUGE,
    path: () => "/connection/websocket?cf_protocol=protobuf",
    subscription: (channel) => encodeFrame(OPCODE.binary, protobufSubscription(channel)),
    // The answer to the second command: field 1 is its id.
    isSubscribed: (text) => text.includes("\b\x02"),
    reader: () => takeProtobufPushes,
    // An empty command behind its length.
    pong: encodeFrame(OPCODE.binary, new Uint8Array([0])),
  },
  socketio: {
    path: () => "/socket.io/?EIO=4&transport=websocket",
    hello: textFrame("40"),
    subscription: () => textFrame("40"),
    isSubscribed: (text) => text.startsWith("40"),
    firstNumber: 0,
    reader: () => takeEvent,
    pong: textFrame("3"),
    message: (index, { bytes }) => `${EVENT}${numbered(index, bytes)}"]`,
  },
};

/** How it is said in that protocol. */
export function dialectOf(protocol: Protocol): Dialect {
  return DIALECTS[protocol];
}

/** The channel of the client with that index, when clients share `channels` channels. */
export function channelOf(index: number, channels: number): string {
  return `fanout-${index % channels}`;
}
