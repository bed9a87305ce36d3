import type { CommandOptions } from "./command_options.ts";
import { printHelp, USAGE_ERROR } from "./command_options.ts";
import { Patience } from "./patience.ts";
import type { Position } from "../publication.ts";
import { type Failure, passing } from "./sub/client_stream.ts";
import { messageJson, messageText } from "./sub/message_text.ts";
import type { ChannelAccess } from "./sub/start_position.ts";
import { positionBehind, positionOfLast } from "./sub/start_position.ts";
import { SubLife } from "./sub/sub_life.ts";
import type { SubMessage } from "./sub/sub_message.ts";
import type { SubPlan } from "./sub/sub_plan.ts";
import { readSubPlan } from "./sub/sub_plan.ts";
import { type Style, styleOf } from "./style.ts";
import { trust } from "./trust.ts";

/** What `midgard sub` needs of the process around it. */
export interface SubCommandOptions extends CommandOptions {
  /** The token of the environment, if it holds one. */
  readonly token: string | undefined;
  /** Writes to standard output; resolves with false once nobody reads it any more. */
  readonly writeOutput: (bytes: Uint8Array) => Promise<boolean>;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** `midgard sub`; gives the exit code. */
export async function sub(options: SubCommandOptions): Promise<number> {
  const { args, printError, signal } = options;
  const read = readSubPlan(args, options.token);
  if (read.kind === "help") return printHelp("sub", options);
  if (read.kind === "refused") {
    for (const problem of read.problems) printError(`Cannot subscribe ${problem}\n`);
    return USAGE_ERROR;
  }
  const { plan } = read;
  const trusted = trust(plan.ca);
  if (trusted.kind === "refused") {
    printError(`Cannot subscribe as ${trusted.problem}\n`);
    return USAGE_ERROR;
  }
  const run = new SubRun(plan, options, { ...plan, client: trusted.client, signal });
  const interrupted = new Promise<number>((resolve) => {
    signal.addEventListener("abort", () => resolve(run.exitCode), { once: true });
  });
  // A write that nobody takes must not hold up a Ctrl-C.
  return await Promise.race([run.run(), interrupted]);
}

/** One use of the command, over as many connections as it takes. */
class SubRun {
  readonly #plan: SubPlan;
  readonly #options: SubCommandOptions;
  readonly #access: ChannelAccess;
  readonly #patience: Patience;
  readonly #style: Style;
  /** Where it stands; undefined before it has begun, and where there are no positions. */
  #position: Position | undefined;
  /** Whether it has begun before. */
  #hasBegun = false;
  #hasMissed = false;
  #hasPosition = false;
  /** Whether its place was lost since it was there. */
  #wasLost = false;
  #printed = 0;

  constructor(plan: SubPlan, options: SubCommandOptions, access: ChannelAccess) {
    this.#plan = plan;
    this.#options = options;
    this.#access = access;
    this.#style = styleOf(options.hasErrorColour ?? false);
    this.#patience = new Patience({
      waitMs: plan.waitMs,
      signal: options.signal,
      onAway: (problem) => this.#say(`${plan.url}: ${problem}; trying again`),
      onBack: (ms) => this.#say(this.#backText(ms)),
    });
  }

  /** The exit code if it ended now, and by itself. */
  get exitCode(): number {
    return this.#hasMissed ? 1 : 0;
  }

  async run(): Promise<number> {
    const { url, channel, waitMs } = this.#plan;
    while (true) {
      const failure = await this.#begin() ?? await this.#live();
      if (failure === undefined) return this.exitCode;
      const { problem, askedMs, isFinal } = failure;
      const isHopeless = isFinal === true || (isFinal === "address" && !this.#hasBegun);
      if (!isHopeless && await this.#patience.failed(problem, askedMs)) continue;
      if (this.#options.signal.aborted) return this.exitCode;
      const waited = isHopeless || waitMs === 0 ? "" : ", and that for as long as --wait allows";
      this.#options.printError(`Cannot subscribe to ${channel} at ${url}: ${problem}${waited}\n`);
      return 1;
    }
  }

  /** Finds out where to begin, the first time. */
  async #begin(): Promise<Failure | undefined> {
    const { start } = this.#plan;
    if (this.#hasBegun || this.#position !== undefined || start.kind === "top") return undefined;
    const found = start.kind === "last"
      ? await positionOfLast(this.#access, start.count)
      : await positionBehind(this.#access, start);
    if (found.kind === "failed") return found;
    if (found.gone > 0) this.#missed(start.kind === "since" ? start : found.position, found);
    this.#position = found.position;
    return undefined;
  }

  /** One connection; gives why it ended, or undefined when there is no more to do. */
  async #live(): Promise<Failure | undefined> {
    const before = this.#position;
    let hasLost = false;
    const life = new SubLife(this.#access, {
      onSubscribed: ({ hasPosition }) => this.#begun(hasPosition),
      onLost: () => hasLost = true,
      onMessages: (messages, epoch) => this.#print(messages, epoch),
    }, before);
    const failure = await life.run();
    if (hasLost && before !== undefined) return await this.#lost(before);
    this.#position = life.position;
    return failure;
  }

  #begun(hasPosition: boolean): void {
    const wasAsked = this.#position !== undefined || this.#hasBegun;
    if (wasAsked && !hasPosition) {
      this.#hasMissed = true;
      const why = "this channel has no positions to go on from";
      this.#options.printError(`${why}: what came meanwhile may be missing\n`);
    }
    this.#hasPosition = hasPosition;
    if (!this.#hasBegun) this.#say(`${this.#plan.channel} at ${this.#plan.url}; Ctrl-C ends`);
    this.#patience.worked();
    this.#hasBegun = true;
    this.#wasLost = false;
  }

  /** Goes on with what is kept: the place is gone, what lies behind it may not be. */
  async #lost(place: Position): Promise<Failure | undefined> {
    const found = await positionBehind(this.#access, place);
    if (found.kind === "failed" && found.isFinal !== true) return found;
    this.#missed(place, found.kind === "found" ? found : undefined);
    this.#position = found.kind === "found" ? found.position : undefined;
    return passing("the place is lost");
  }

  #missed(
    { epoch, offset }: Position,
    found: { readonly position: Position; readonly gone: number } | undefined,
  ): void {
    this.#hasMissed = true;
    this.#wasLost = true;
    const isCounted = found !== undefined && Number.isFinite(found.gone);
    const what = isCounted ? `${found.gone} messages behind it` : "what lies behind it";
    const onward = found === undefined
      ? "with what comes"
      : `behind ${found.position.epoch}:${found.position.offset}`;
    const place = epoch === "" ? String(offset) : `${epoch}:${offset}`;
    const text = `lost its place ${place}: ${what} may be missing; goes on ${onward}`;
    this.#options.printError(`${this.#style.bad(text)}\n`);
  }

  #backText(ms: number): string {
    const seconds = `${(ms / 1_000).toFixed(1)} s`;
    if (!this.#hasBegun) return `there after ${seconds}`;
    return `back after ${seconds}${this.#hasPosition && !this.#wasLost ? ", nothing missed" : ""}`;
  }

  async #print(messages: readonly SubMessage[], epoch: string | undefined): Promise<boolean> {
    const { isJson, channel, count } = this.#plan;
    const { writeOutput, isTerminal } = this.#options;
    const wanted = messages.slice(0, count - this.#printed);
    const place = { channel, epoch, receivedAtMs: Date.now() };
    const lines = wanted.map((message) =>
      isJson ? messageJson(message, place, isTerminal) : messageText(message, isTerminal)
    );
    this.#printed += wanted.length;
    const isRead = await writeOutput(new TextEncoder().encode(lines.join("")));
    return isRead && this.#printed < count;
  }

  #say(text: string): void {
    if (!this.#plan.isQuiet) this.#options.printError(`${this.#style.dim(text)}\n`);
  }
}
