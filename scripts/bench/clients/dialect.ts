import { encodeFrame, OPCODE } from "../../../tests/helpers/frames.ts";
import { digitsAt, takePushes } from "./pushes.ts";
import type { ScannedFrame } from "./frame_scanner.ts";

/** What a crowd speaks. */
export const PROTOCOLS = ["centrifuge", "plain"] as const;

/** See `PROTOCOLS`. */
export type Protocol = typeof PROTOCOLS[number];

/** How a crowd says and hears the same things in a protocol. */
export interface Dialect {
  /** Where to connect for a channel. */
  path(channel: string): string;
  /** What makes a connected client a subscriber; undefined where being connected is enough. */
  subscription(channel: string): string | undefined;
  /** The number of the first message of a channel. */
  readonly firstNumber: number;
  /** Tells the number of each message in a frame, and of a ping that wants `PONG`. */
  numbersIn(frame: ScannedFrame, onNumber: (number: number) => void, onPing: () => void): void;
}

/** Digits of a number at the start of a plain message. */
export const NUMBER_DIGITS = 10;

/** The answer to a Centrifuge ping: without it a server gives a client up. */
export const PONG: Uint8Array = encodeFrame(OPCODE.text, "{}");

/** What makes a new Centrifuge connection a connected client. */
export const CONNECT = '{"id":1,"connect":{"name":"js"}}';

const CENTRIFUGE: Dialect = {
  path: () => "/connection/websocket",
  subscription: (channel) => `${CONNECT}\n{"id":2,"subscribe":{"channel":"${channel}"}}`,
  firstNumber: 1,
  numbersIn: takePushes,
};

const PLAIN: Dialect = {
  path: (channel) => `/channels/${channel}`,
  subscription: () => undefined,
  firstNumber: 0,
  numbersIn: ({ bytes, start }, onNumber) => onNumber(digitsAt(bytes, start, NUMBER_DIGITS)),
};

/** How it is said in that protocol. */
export function dialectOf(protocol: Protocol): Dialect {
  return protocol === "centrifuge" ? CENTRIFUGE : PLAIN;
}

/** The channel of the client with that index, when clients share `channels` channels. */
export function channelOf(index: number, channels: number): string {
  return `fanout-${index % channels}`;
}
