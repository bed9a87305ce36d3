/**
 * Subscribers of one channel that count what they get, to the last message, and its publisher:
 * `subscribe.ts --port 8000 --clients 1000 --bytes 128 --window 256 --seconds 3`.
 *
 * The publisher is never more than the window ahead of the last subscriber, so a server that is
 * kept busy all the time still has no reason to drop anything.
 */
import { encodeFrame, OPCODE } from "../../../tests/helpers/frames.ts";
import { waitFor } from "../../../tests/helpers/wait.ts";
import { Client, connectCrowd } from "./client.ts";
import type { ScannedFrame } from "./frame_scanner.ts";
import { exitAfter, numbers, report } from "./report.ts";

const WARM_UP_MS = 1_000;
const REST_MS = 30_000;
const NUMBER_DIGITS = 10;

class Subscriber {
  received = 0;
  /** Messages that were not the next one: lost, doubled or out of order. */
  misplaced = 0;
  #next = 0;

  readonly take = ({ bytes, start }: ScannedFrame): void => {
    let number = 0;
    for (let at = start; at < start + NUMBER_DIGITS; at++) {
      number = number * 10 + (bytes[at] ?? 0) - 48;
    }
    if (number !== this.#next) this.misplaced += 1;
    this.#next = number + 1;
    this.received += 1;
  };
}

class Publisher {
  published = 0;
  readonly #client: Client;
  readonly #bytes: number;
  #isStopped = false;

  constructor(client: Client, bytes: number) {
    this.#client = client;
    this.#bytes = bytes;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Fills the window; to be called whenever it may have moved. */
  fill(upTo: number): void {
    while (!this.#isStopped && this.published < upTo) {
      const number = String(this.published).padStart(NUMBER_DIGITS, "0");
      void this.#client.send(encodeFrame(OPCODE.text, number.padEnd(this.#bytes, "x")));
      this.published += 1;
    }
  }
}

function sum(subscribers: readonly Subscriber[], key: "received" | "misplaced"): number {
  return subscribers.reduce((total, subscriber) => total + subscriber[key], 0);
}

async function measure(subscribers: readonly Subscriber[], seconds: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  const [from, startedAt] = [sum(subscribers, "received"), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const [to, endedAt] = [sum(subscribers, "received"), performance.now()];
  return (to - from) / (endedAt - startedAt) * 1_000;
}

exitAfter(60);
const wish = numbers("port", "clients", "bytes", "window", "seconds");
const { port, bytes, window } = wish;
const path = "/channels/fanout";
const subscribers = Array.from({ length: wish.clients }, () => new Subscriber());
const last = subscribers.at(-1);
const options = { port, path };
const publishing = await Client.connect(options);
if (publishing === undefined || last === undefined) throw new Error("Cannot connect a publisher");
const publisher = new Publisher(publishing, bytes);
const clients = await connectCrowd(subscribers.length, (index) => {
  const subscriber = subscribers[index] ?? last;
  return {
    ...options,
    onData: (frame) => {
      subscriber.take(frame);
      if (subscriber === last) publisher.fill(last.received + window);
    },
  };
});
report("connected", { clients: clients.length });
publisher.fill(window);
const perSecond = await measure(subscribers, wish.seconds);
publisher.stop();
const expected = publisher.published * subscribers.length;
const isAllHere = () => sum(subscribers, "received") >= expected;
// What has not come by then is counted as lost.
await waitFor(isAllHere, { deadlineMs: REST_MS, what: "the rest" }).catch(() => {});
report("measured", {
  per_second: Math.round(perSecond),
  published: publisher.published,
  lost: expected - sum(subscribers, "received"),
  misplaced: sum(subscribers, "misplaced"),
});
await Promise.all(clients.map(({ ended }) => ended));
Deno.exit(0);
