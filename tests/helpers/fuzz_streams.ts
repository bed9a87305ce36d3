/** Clients that read a stream and send their nonsense beside it. */
import { assert, assertEquals } from "@std/assert";
import { integer, pick } from "../lifecycle/seeded_random.ts";
import { messageKind, refusalCode, type Tally } from "./documented_answers.ts";
import { commandText, frameText } from "./fuzz_commands.ts";
import type { Random } from "./fuzz_json.ts";
import { valueText, withChangedCharacters, withChangedTokens } from "./fuzz_json.ts";
import { within } from "./wait.ts";

const LAST_ID = 4_000_000_000;
const CONNECT = '{"id":1,"connect":{"name":"fuzz"}}';
const LAST = `{"id":${LAST_ID},"rpc":{}}`;

/** One stream with frames in its first request and some in requests beside it; gives how many. */
export async function talkOverStream(
  port: number,
  random: Random,
  tally: Tally,
): Promise<number> {
  const frames = Array.from({ length: integer(random, 5) }, (_, at) => frameText(random, 10 + at));
  const first = random() < 0.9 ? [CONNECT, ...frames] : [...frames, commandText(random, 9)];
  const response = await open(port, random, first.join("\n"));
  if (response.status !== 200) {
    tally.add(`stream ${refusalCode(response.status, await response.text())}`);
    return first.length;
  }
  const reader = new StreamReader(response, tally);
  const connected = await reader.next();
  const { session, node } = Object(connected?.["connect"]);
  let beside = 0;
  if (typeof session === "string") {
    beside = await sendBeside(port, { random, tally, session, node });
    await emulate(port, JSON.stringify({ session, node, data: LAST }));
  }
  await reader.toEnd();
  return first.length + beside;
}

async function open(port: number, random: Random, commands: string): Promise<Response> {
  const origin = `http://127.0.0.1:${port}`;
  const isGet = commands.length < 2_000 && random() < 0.3;
  if (isGet) {
    const query = new URLSearchParams({ cf_connect: commands.toWellFormed() });
    return await fetch(`${origin}/connection/sse?${query}`);
  }
  const path = pick(random, ["/connection/http_stream", "/connection/sse"]);
  return await fetch(`${origin}${path}`, { method: "POST", body: commands });
}

interface Beside {
  readonly random: Random;
  readonly tally: Tally;
  readonly session: string;
  readonly node: string;
}

/** Sends frames beside a stream, of which some go nowhere. */
async function sendBeside(port: number, beside: Beside): Promise<number> {
  const { random, tally } = beside;
  const count = integer(random, 6);
  for (let at = 0; at < count; at += 1) {
    const response = await emulate(port, emulationText(beside, 100 + at * 200));
    const body = await response.text();
    if (response.status === 204) tally.add("emulation 204");
    else tally.add(`emulation ${refusalCode(response.status, body)}`);
  }
  return count;
}

function emulationText({ random, session, node }: Beside, id: number): string {
  const good = JSON.stringify({ session, node, data: frameText(random, id) });
  const kind = integer(random, 20);
  if (kind < 15) return good;
  if (kind === 15) return withChangedTokens(random, good);
  if (kind === 16) return withChangedCharacters(random, good);
  if (kind === 17) return valueText(random, 3);
  return JSON.stringify(pick(random, [
    { session: crypto.randomUUID(), node, data: "{}" },
    { session, node: "elsewhere", data: "{}" },
  ]));
}

async function emulate(port: number, body: string): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/emulation`, { method: "POST", body });
}

type Message = Readonly<Record<string, unknown>>;

/** The messages of a stream, each of which must be a documented one. */
class StreamReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #isEvents: boolean;
  readonly #tally: Tally;
  readonly #messages: Message[] = [];
  #rest = "";
  #isEnded = false;

  constructor({ body, headers }: Response, tally: Tally) {
    assert(body !== null);
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
    this.#isEvents = headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    this.#tally = tally;
  }

  /** The next message; undefined at the end. */
  async next(): Promise<Message | undefined> {
    while (this.#messages.length === 0 && !this.#isEnded) await this.#read();
    return this.#messages.shift();
  }

  /** Reads up to the answer to the last command, and closes then, or to the server's end. */
  async toEnd(): Promise<void> {
    for (;;) {
      const message = await this.next();
      if (message === undefined) break;
      if (message["id"] === LAST_ID) return await this.#reader.cancel();
    }
    assertEquals(this.#rest, "", "an end within a message");
  }

  async #read(): Promise<void> {
    const what = "a message of the stream, or its end";
    const { done, value = "" } = await within(this.#reader.read(), { what, deadlineMs: 30_000 });
    this.#isEnded = done;
    const lines = `${this.#rest}${value}`.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    if (line === "" && this.#isEvents) return;
    if (this.#isEvents) assert(line.startsWith("data: "), line);
    const message: Message = JSON.parse(this.#isEvents ? line.slice(6) : line);
    this.#tally.add(messageKind(message));
    this.#messages.push(message);
  }
}
