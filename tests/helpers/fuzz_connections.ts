/** Short connections on which nonsense is said, and what is answered to it. */
import { assert, assertEquals } from "@std/assert";
import { integer } from "../lifecycle/seeded_random.ts";
import { disconnectCode, messageKind, type Tally } from "./documented_answers.ts";
import { encodeFrame, OPCODE, textOf } from "./frames.ts";
import type { Random } from "./fuzz_json.ts";
import { RawPeer } from "./raw_peer.ts";

/** A frame that is sent. */
export interface FuzzFrame {
  readonly opcode: number;
  readonly payload: string | Uint8Array;
}

/** What is said on one kind of connection. */
export interface FuzzDialect {
  readonly query: string;
  /** The next frame; `id` is free for it and 200 numbers from it on. */
  readonly frame: (random: Random, id: number) => FuzzFrame;
  readonly connect: FuzzFrame;
  /** A command that is always answered, with this id. */
  readonly last: (id: number) => FuzzFrame;
  /** The messages in a frame of the server. */
  readonly read: (payload: Uint8Array, text: () => string) => readonly unknown[];
}

/** Frames on one connection. */
const MAX_FRAMES = 20;
const LAST_ID = 4_000_000_000;

/**
 * One connection with some frames on it, of which the first one is nearly always the connect
 * command, and a last command behind them: whatever was said, it is answered or the connection
 * closed.
 */
export async function talk(
  port: number,
  random: Random,
  { dialect, tally }: { dialect: FuzzDialect; tally: Tally },
): Promise<number> {
  const path = `/connection/websocket${dialect.query}`;
  const peer = await RawPeer.connect({ port, path });
  const count = 1 + integer(random, MAX_FRAMES);
  const frames = Array.from({ length: count }, (_, at) => dialect.frame(random, 10 + at * 200));
  const isPolite = random() < 0.9;
  const all = [...(isPolite ? [dialect.connect] : []), ...frames, dialect.last(LAST_ID)];
  for (const { opcode, payload } of all) {
    void peer.send(encodeFrame(opcode, payload), { messages: 1 });
  }
  if (random() < 0.1) {
    peer.abort();
    await peer.closed;
    tally.add("aborted");
    return count;
  }
  await readAnswers(peer, dialect, tally);
  return count;
}

async function readAnswers(peer: RawPeer, dialect: FuzzDialect, tally: Tally): Promise<void> {
  let isAnswered = false;
  let seen = 0;
  await peer.until(({ messages, closeFrames }) => {
    for (; seen < messages.length; seen += 1) {
      const frame = messages[seen]!;
      for (const message of dialect.read(frame.payload, () => textOf(frame))) {
        tally.add(messageKind(message));
        isAnswered ||= (message as { id?: unknown }).id === LAST_ID;
      }
    }
    return isAnswered || closeFrames.length > 0;
  }, { what: "an answer to the last command, or a Close", deadlineMs: 30_000 });
  if (!isAnswered) {
    const [close] = peer.closeFrames;
    tally.add(`close ${disconnectCode(close && { code: close.code, reason: close.reason })}`);
  } else await peer.close(1_000);
  const { kind } = await peer.closed;
  assertEquals([kind, peer.framesAfterClose, peer.closeFrames.length], ["eof", 0, 1]);
  assert(peer.ending !== undefined);
}

/** A frame of text. */
export function textFrame(payload: string): FuzzFrame {
  return { opcode: OPCODE.text, payload };
}

/** A frame of bytes. */
export function binaryFrame(payload: Uint8Array): FuzzFrame {
  return { opcode: OPCODE.binary, payload };
}
