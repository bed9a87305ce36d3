import { requestUrl } from "./address.ts";
import type { CommandOptions } from "./command_options.ts";
import { printHelp, USAGE_ERROR } from "./command_options.ts";
import { Patience } from "./patience.ts";
import { firstLines, type LineBatch, LineBatches } from "./pub/line_batches.ts";
import type { PubPlan, Secrets } from "./pub/pub_plan.ts";
import { readPubPlan } from "./pub/pub_plan.ts";
import { PubProgress } from "./pub/pub_progress.ts";
import type { Sent } from "./pub/pub_sender.ts";
import { PubSender } from "./pub/pub_sender.ts";
import { styleOf } from "./style.ts";
import { trust } from "./trust.ts";

/** What `midgard pub` needs of the process around it. */
export interface PubCommandOptions extends CommandOptions, Secrets {
  /** Standard input; opened only where it is read. */
  readonly openInput: () => ReadableStream<Uint8Array>;
  /** Whether standard input is a terminal. */
  readonly isTyped: boolean;
  /** Ends the reading, and any waiting for a server. */
  readonly signal: AbortSignal;
  /** Exit code after the signal. */
  readonly signalExitCode: () => number;
}

const TYPES: Readonly<Record<PubPlan["format"], string>> = {
  text: "text/plain; charset=utf-8",
  json: "application/json",
  binary: "application/octet-stream",
};

/** The largest body that any server reads to its end. */
const MAX_MESSAGE_BYTES = 16 * 1_048_576;

/** `midgard pub`; gives the exit code. */
export async function pub(options: PubCommandOptions): Promise<number> {
  const { args, printError } = options;
  const read = readPubPlan(args, options);
  if (read.kind === "help") return printHelp("pub", options);
  if (read.kind === "refused") {
    for (const problem of read.problems) printError(`Cannot publish ${problem}\n`);
    return USAGE_ERROR;
  }
  const { plan } = read;
  const trusted = trust(plan.ca);
  if (trusted.kind === "refused") {
    printError(`Cannot publish as ${trusted.problem}\n`);
    return USAGE_ERROR;
  }
  const run = new PubRun(plan, options, trusted.client);
  return plan.message === undefined && plan.format !== "binary"
    ? await run.lines()
    : await run.message();
}

/** What there is of it, or that a signal ended the wait. */
type Input<T> = { readonly kind: "input"; readonly value: T } | { readonly kind: "interrupted" };

/** One use of the command. */
class PubRun {
  readonly #plan: PubPlan;
  readonly #options: PubCommandOptions;
  readonly #client: Deno.HttpClient | undefined;
  readonly #progress = new PubProgress();
  readonly #interrupted: Promise<{ readonly kind: "interrupted" }>;

  constructor(plan: PubPlan, options: PubCommandOptions, client: Deno.HttpClient | undefined) {
    this.#plan = plan;
    this.#options = options;
    this.#client = client;
    const { promise, resolve } = Promise.withResolvers<{ readonly kind: "interrupted" }>();
    this.#interrupted = promise;
    const { signal } = options;
    const end = () => resolve({ kind: "interrupted" });
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  }

  /** Publishes each line of standard input. */
  async lines(): Promise<number> {
    const { openInput, isTyped } = this.#options;
    if (isTyped) this.#say("each line is a message; Ctrl-D ends");
    const batches = new LineBatches(openInput());
    const sender = this.#sender("lines");
    while (true) {
      const next = await this.#orInterrupted(batches.next());
      if (next.kind === "failed") return this.#end(next.problem);
      if (next.kind === "interrupted") return this.#endEarly();
      if (next.value === undefined) return this.#end();
      const problem = await this.#publish(next.value, sender);
      if (problem !== undefined) return this.#end(problem);
    }
  }

  /** Publishes the one message of the command line, or all of standard input as one. */
  async message(): Promise<number> {
    const { message } = this.#plan;
    const body = await this.#orInterrupted(
      message === undefined ? this.#all() : Promise.resolve(new TextEncoder().encode(message)),
    );
    if (body.kind === "failed") return this.#end(body.problem);
    if (body.kind === "interrupted") return this.#endEarly();
    const sent = await this.#sender("message").send(body.value);
    if (sent.kind !== "stored") return this.#end(`Cannot publish the message${reasonOf(sent)}`);
    this.#progress.add(1, sent.position);
    return this.#end();
  }

  /** Sends a batch; gives the sentence about what went wrong. */
  async #publish(batch: LineBatch, sender: PubSender): Promise<string | undefined> {
    const sent = await sender.send(batch.bytes);
    if (sent.kind === "stored") {
      this.#progress.add(batch.count, sent.position);
      return undefined;
    }
    const { firstLine, count } = batch;
    const line = sent.kind === "refused" ? lineAtFault(sent.line, count) : undefined;
    if (line === undefined) {
      return `Cannot publish ${linesText(firstLine, count)}${reasonOf(sent)}`;
    }
    // Of a body that is refused nothing is stored: what stands before the line goes by itself.
    const before = line > 1 ? await this.#publish(firstLines(batch, line - 1), sender) : undefined;
    return before ?? `Cannot publish line ${firstLine + line - 1}${reasonOf(sent)}`;
  }

  async #orInterrupted<T>(
    value: Promise<T>,
  ): Promise<Input<T> | { readonly kind: "failed"; readonly problem: string }> {
    try {
      const input = value.then((value) => ({ kind: "input", value }) as const);
      return await Promise.race([input, this.#interrupted]);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return {
        kind: "failed",
        problem: problem.startsWith("Cannot") ? problem : `Cannot read standard input: ${problem}`,
      };
    }
  }

  async #all(): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for await (const part of this.#options.openInput()) {
      parts.push(new Uint8Array(part));
      size += part.length;
      if (size > MAX_MESSAGE_BYTES) {
        throw new RangeError("Cannot publish standard input as it is larger than 16 MiB");
      }
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }

  #sender(kind: "lines" | "message"): PubSender {
    const { channel, url, format, token, apiKey, waitMs } = this.#plan;
    const address = requestUrl(url, `/channels/${encodeURIComponent(channel)}`);
    if (kind === "lines") address.searchParams.set("lines", "");
    const headers = {
      "content-type": TYPES[format],
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(apiKey !== undefined && { "x-api-key": apiKey }),
    };
    const patience = new Patience({
      waitMs,
      signal: this.#options.signal,
      onAway: (problem) => this.#say(`${url}: ${problem}; trying again`),
      onBack: (ms) => this.#say(`${url}: goes on after ${(ms / 1_000).toFixed(1)} s`),
    });
    const request = { url: address, headers, client: this.#client, format };
    return new PubSender({ request, patience, keyPrefix: crypto.randomUUID() });
  }

  #say(text: string): void {
    const { printError, hasErrorColour = false } = this.#options;
    if (!this.#plan.isQuiet) printError(`${styleOf(hasErrorColour).dim(text)}\n`);
  }

  #end(problem?: string): number {
    if (this.#options.signal.aborted) return this.#endEarly(problem);
    if (problem !== undefined) {
      this.#options.printError(`${problem}; ${this.#progress.stored}\n`);
      return 1;
    }
    this.#say(this.#progress.summary(this.#plan.channel));
    return 0;
  }

  #endEarly(problem?: string): number {
    if (problem !== undefined) this.#options.printError(`${problem}\n`);
    this.#options.printError(`interrupted; ${this.#progress.summary(this.#plan.channel)}\n`);
    return this.#options.signalExitCode();
  }
}

/** Of a batch, if it is one of its lines: whoever answers may name any. */
function lineAtFault(line: number | undefined, count: number): number | undefined {
  if (count === 1) return 1;
  const isOneOfThem = Number.isInteger(line) && line !== undefined && line >= 1 && line <= count;
  return isOneOfThem ? line : undefined;
}

function linesText(first: number, count: number): string {
  return count === 1 ? `line ${first}` : `lines ${first} to ${first + count - 1}`;
}

function reasonOf(sent: Exclude<Sent, { kind: "stored" }>): string {
  const isUncertain = sent.kind === "unsent" && sent.isUncertain;
  return `: ${sent.problem}${isUncertain ? "; nobody can tell whether it is stored" : ""}`;
}
