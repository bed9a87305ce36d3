/** Programs that publish over HTTP, remember what they were told, and hold the log to it. */
import { assertEquals } from "@std/assert";
import { HttpExchange, type HttpOutcome, requestText, type TlsTrust } from "./http.ts";
import { range, sleep, type WaitOptions, within } from "./wait.ts";

/** What a publisher was told of one body. */
export type PublishAnswer =
  | { readonly kind: "acknowledged"; readonly epoch: string; readonly offset: number }
  | { readonly kind: "refused"; readonly status: number; readonly body: string }
  /** The connection ended without a whole answer: it may be stored, or not. */
  | { readonly kind: "unknown" };

/** One body that was sent, once. */
export interface Sent {
  readonly channel: string;
  readonly body: string;
  readonly answer: PublishAnswer;
}

/** Who publishes, and where. */
export interface PublishersOptions {
  /** Connections at once; each waits for an answer before it sends again. */
  readonly count: number;
  /** Whom they trust, where the server speaks TLS. */
  readonly tls?: TlsTrust;
  readonly channels: readonly string[];
  /** Characters that make each body longer. @default 0 */
  readonly padding?: number;
  /** Milliseconds between an answer and the next body: a rate, not a flood. @default 0 */
  readonly pauseMs?: number;
  /** What each body begins with: bodies of several groups are to differ. @default "" */
  readonly name?: string;
  /** Refusals in a row after which a publisher ends. @default 5 */
  readonly maxRefusals?: number;
}

/** Publishers that go on until the server, or the test, ends them. */
export class Publishers {
  /** Everything that was ever sent. */
  readonly sent: Sent[] = [];
  acknowledged = 0;
  refused = 0;
  readonly #options: PublishersOptions;
  readonly #padding: string;
  #serial = 0;
  #isStopped = false;
  #onAnswer = new Set<() => void>();

  constructor(options: PublishersOptions) {
    this.#options = options;
    this.#padding = ".".repeat(options.padding ?? 0);
  }

  /** Publishes until every connection has ended, or has been refused too often. Never rejects. */
  async run(port: number): Promise<void> {
    this.#isStopped = false;
    await Promise.all(range(this.#options.count).map((index) => this.#publish(port, index)));
    for (const check of this.#onAnswer) check();
  }

  /** Lets every publisher end behind the answer that it waits for. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Waits until `condition` holds, looked at after each answer. */
  async until(condition: (publishers: this) => boolean, options: WaitOptions): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => condition(this) && resolve();
    this.#onAnswer.add(check);
    check();
    try {
      const explain = () => `${this.acknowledged} acknowledged, ${this.refused} refused`;
      await within(promise, { explain, ...options });
    } finally {
      this.#onAnswer.delete(check);
    }
  }

  async #publish(port: number, index: number): Promise<void> {
    const { channels, maxRefusals = 5, pauseMs = 0, tls, name = "" } = this.#options;
    const channel = channels[index % channels.length]!;
    const opened = await HttpExchange.open(port, tls).catch(() => undefined);
    if (opened === undefined) return;
    using exchange = opened;
    let refusals = 0;
    while (!this.#isStopped && refusals < maxRefusals) {
      const body = `${name}${index}-${this.#serial++}${this.#padding}`;
      await exchange.write(requestText(`POST /channels/${channel}`, {}, { body }));
      const answer = answerOf(await exchange.response());
      this.#remember({ channel, body, answer });
      if (answer.kind === "unknown") return;
      refusals = answer.kind === "refused" ? refusals + 1 : 0;
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  #remember(sent: Sent): void {
    this.sent.push(sent);
    if (sent.answer.kind === "acknowledged") this.acknowledged++;
    if (sent.answer.kind === "refused") this.refused++;
    for (const check of this.#onAnswer) check();
  }
}

function answerOf(outcome: HttpOutcome): PublishAnswer {
  if (outcome.kind !== "response") return { kind: "unknown" };
  const { status, body } = outcome.response;
  if (status !== 200) return { kind: "refused", status, body };
  const { epoch, offset } = JSON.parse(body);
  return { kind: "acknowledged", epoch, offset };
}

/** A channel's log as `GET` tells it. */
export interface ReadLog {
  readonly epoch: string;
  /** The newest offset. */
  readonly top: number;
  /** What is kept, oldest first. */
  readonly publications: readonly { readonly offset: number; readonly data: unknown }[];
}

/** Reads a channel's whole log, page by page. */
export async function readLog(
  port: number,
  channel: string,
  limit = 1_000,
  tls?: TlsTrust,
): Promise<ReadLog> {
  const origin = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  using client = tls && Deno.createHttpClient({ caCerts: [tls.caText] });
  const options = client === undefined ? {} : { client };
  const publications: { offset: number; data: unknown }[] = [];
  while (true) {
    const since = publications.at(-1)?.offset;
    const query = since === undefined ? `limit=${limit}` : `limit=${limit}&since=${since}`;
    const response = await fetch(`${origin}/channels/${channel}?${query}`, options);
    const page = await response.json();
    assertEquals(response.status, 200, JSON.stringify(page));
    publications.push(...page.publications);
    // A page may be shorter than asked for: it has a limit of bytes, too.
    if (page.publications.length === 0 || publications.at(-1)?.offset === page.offset) {
      return { epoch: page.epoch, top: page.offset, publications };
    }
  }
}

/** What comparing answers with the log showed. */
export interface Account {
  readonly acknowledged: number;
  /** Acknowledged, and not in the log at the offset and in the epoch that were told. */
  readonly lost: number;
  /** In the log more than once. */
  readonly repeated: number;
  /** Refused, and in the log all the same. */
  readonly lies: number;
  /** In the log though nobody sent it. */
  readonly strange: number;
  /** Without an answer, of which so many are in the log. */
  readonly unanswered: number;
  readonly unansweredStored: number;
}

/** Compares all that was sent with the logs of its channels, which must be complete. */
export function settle(sent: readonly Sent[], logs: ReadonlyMap<string, ReadLog>): Account {
  const places = new Map<string, string[]>();
  for (const [channel, { epoch, publications }] of logs) {
    for (const { offset, data } of publications) {
      const key = `${channel} ${data}`;
      places.set(key, [...places.get(key) ?? [], `${epoch}:${offset}`]);
    }
  }
  const count = (condition: (answer: PublishAnswer, places: readonly string[]) => boolean) =>
    sent.filter((one) => condition(one.answer, places.get(keyOf(one)) ?? [])).length;
  const known = new Set(sent.map(keyOf));
  return {
    acknowledged: count(({ kind }) => kind === "acknowledged"),
    lost: count((answer, found) =>
      answer.kind === "acknowledged" && found[0] !== `${answer.epoch}:${answer.offset}`
    ),
    repeated: [...places.values()].filter((found) => found.length > 1).length,
    lies: count(({ kind }, found) => kind === "refused" && found.length > 0),
    strange: [...places.keys()].filter((key) => !known.has(key)).length,
    unanswered: count(({ kind }) => kind === "unknown"),
    unansweredStored: count(({ kind }, found) => kind === "unknown" && found.length > 0),
  };
}

function keyOf({ channel, body }: Sent): string {
  return `${channel} ${body}`;
}
