/**
 * Clients that come back: each connects and subscribes from the position it had, and must be given
 * every message behind it once: `returning.ts --port 8000 --clients 10000 --offset 10 --epoch abc`.
 *
 * When all have their reply it waits for the message that carries `"last"`.
 */
import { encodeFrame, OPCODE } from "../../../tests/helpers/frames.ts";
import { waitFor } from "../../../tests/helpers/wait.ts";
import { connectCrowd } from "./client.ts";
import { CONNECT, dialectOf } from "./dialect.ts";
import { exitAfter, numbers, report } from "./report.ts";

const DEADLINE_MS = 60_000;
const CHANNEL = "resume";
const OFFSET = /"offset":(\d+)/g;

class Returning {
  hasReply = false;
  hasLast = false;
  repeated = 0;
  /** The offset up to which nothing is missing. */
  #upTo: number;
  #lost = 0;

  constructor(offset: number) {
    this.#upTo = offset;
  }

  get lost(): number {
    return this.#lost;
  }

  take(text: string): void {
    for (const line of text.split("\n")) {
      if (line.includes('"error"')) throw new Error(`Cannot resume: ${line}`);
      const isReply = line.startsWith('{"id":2,');
      if (isReply && !line.includes('"recovered":true')) throw new Error(`Not recovered: ${line}`);
      if (isReply) this.hasReply = true;
      if (isReply || line.startsWith('{"push"')) this.#takeOffsets(line, isReply);
      if (line.includes('"last"')) this.hasLast = true;
    }
  }

  /** A reply has an offset of its own besides those of its publications. */
  #takeOffsets(line: string, isReply: boolean): void {
    const publications = isReply ? (/"publications":(\[.*\])/.exec(line)?.[1] ?? "") : line;
    for (const [, digits] of publications.matchAll(OFFSET)) {
      const offset = Number(digits);
      if (offset <= this.#upTo) {
        this.repeated += 1;
        continue;
      }
      this.#lost += offset - this.#upTo - 1;
      this.#upTo = offset;
    }
  }
}

exitAfter(180);
const wish = numbers("port", "clients", "offset");
const epoch = Deno.args[Deno.args.indexOf("--epoch") + 1];
const decoder = new TextDecoder();
const position = `"recover":true,"epoch":"${epoch}","offset":${wish.offset}`;
const hello = encodeFrame(
  OPCODE.text,
  `${CONNECT}\n{"id":2,"subscribe":{"channel":"${CHANNEL}",${position}}}`,
);
const returning = Array.from({ length: wish.clients }, () => new Returning(wish.offset));
const startedAt = performance.now();
let replied = 0;
let repliedAt = NaN;
const clients = await connectCrowd(wish.clients, (index) => ({
  port: wish.port,
  path: dialectOf("centrifuge").path(CHANNEL),
  onOpen: (client) => void client.send(hello),
  onData: ({ bytes, start, end }, client) => {
    const one = returning[index];
    if (one === undefined) return;
    if (end - start === 2) return void client.send(dialectOf("centrifuge").pong);
    const hadReply = one.hasReply;
    one.take(decoder.decode(bytes.subarray(start, end)));
    if (!hadReply && one.hasReply && ++replied === wish.clients) repliedAt = performance.now();
  },
}));
const all = { deadlineMs: DEADLINE_MS, what: "all replies", explain: () => `${replied} came` };
await waitFor(() => replied === wish.clients, all);
report("connected", {
  clients: clients.length,
  duration_ms: Math.round(repliedAt - startedAt),
});
const areAllThere = () => returning.every(({ hasLast }) => hasLast);
await waitFor(areAllThere, { ...all, what: "the last message" }).catch(() => {});
report("measured", {
  complete: returning.filter(({ hasLast }) => hasLast).length,
  lost: returning.reduce((sum, { lost }) => sum + lost, 0),
  repeated: returning.reduce((sum, { repeated }) => sum + repeated, 0),
});
Deno.exit(0);
