import { encodeFrame, OPCODE } from "../../../tests/helpers/frames.ts";
import { digitsAt, takePushes } from "./pushes.ts";
import type { ScannedFrame } from "./frame_scanner.ts";

/** What a crowd speaks. */
export const PROTOCOLS = ["centrifuge", "plain", "socketio"] as const;

/** See `PROTOCOLS`. */
export type Protocol = typeof PROTOCOLS[number];

/** How a crowd says and hears the same things in a protocol. */
export interface Dialect {
  /** Where to connect for a channel. */
  path(channel: string): string;
  /** What makes a new connection a subscriber; undefined where being connected is enough. */
  subscription(channel: string): string | undefined;
  /** Whether that text says that the subscription holds. */
  isSubscribed(text: string): boolean;
  /** The number of the first message of a channel. */
  readonly firstNumber: number;
  /** Tells the number of each message in a frame, and of a ping that wants `pong`. */
  numbersIn(frame: ScannedFrame, onNumber: (number: number) => void, onPing: () => void): void;
  /** The answer to a ping: without it a server gives a client up. */
  readonly pong: Uint8Array<ArrayBuffer>;
}

/** Digits of a number at the start of a plain message. */
export const NUMBER_DIGITS = 10;

/** What makes a new Centrifuge connection a connected client. */
export const CONNECT = '{"id":1,"connect":{"name":"js"}}';

/** What stands before the text of an event of Socket.IO that is called m. */
export const EVENT = '42["m","';

/** The ping of Engine.IO, on which Socket.IO stands. */
const ENGINE_PING = "2".charCodeAt(0);

const DIALECTS: Readonly<Record<Protocol, Dialect>> = {
  centrifuge: {
    path: () => "/connection/websocket",
    subscription: (channel) => `${CONNECT}\n{"id":2,"subscribe":{"channel":"${channel}"}}`,
    isSubscribed: (text) => text.includes('"subscribe":'),
    firstNumber: 1,
    numbersIn: takePushes,
    pong: encodeFrame(OPCODE.text, "{}"),
  },
  plain: {
    path: (channel) => `/channels/${channel}`,
    subscription: () => undefined,
    isSubscribed: () => true,
    firstNumber: 0,
    numbersIn: ({ bytes, start }, onNumber) => onNumber(digitsAt(bytes, start, NUMBER_DIGITS)),
    pong: new Uint8Array(),
  },
  socketio: {
    path: () => "/socket.io/?EIO=4&transport=websocket",
    subscription: () => "40",
    isSubscribed: (text) => text.startsWith("40"),
    firstNumber: 0,
    numbersIn: ({ bytes, start, end }, onNumber, onPing) => {
      if (end - start > 1) onNumber(digitsAt(bytes, start + EVENT.length, NUMBER_DIGITS));
      else if (bytes[start] === ENGINE_PING) onPing();
    },
    pong: encodeFrame(OPCODE.text, "3"),
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
