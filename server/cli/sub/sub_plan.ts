import { duration, wholeNumber } from "../../config/mod.ts";
import { ADDRESS, CHANNEL, DEFAULT_URL } from "../address.ts";
import { wrong } from "../pub/pub_plan.ts";
import { usageOf } from "../usage/command_table.ts";
import type { Arguments } from "../usage/read_arguments.ts";
import { readArguments } from "../usage/read_arguments.ts";

/** Where a subscription begins. */
export type SubStart =
  /** With what comes. */
  | { readonly kind: "top" }
  | { readonly kind: "last"; readonly count: number }
  /** Behind a position; an epoch of "" is that of the moment. */
  | { readonly kind: "since"; readonly epoch: string; readonly offset: number };

/** What is read, and how it is shown. */
export interface SubPlan {
  readonly channel: string;
  readonly url: string;
  readonly ca: string | undefined;
  readonly token: string | undefined;
  readonly start: SubStart;
  /** Messages after which it ends. */
  readonly count: number;
  readonly isJson: boolean;
  /** Milliseconds for which a server that is away is waited for. */
  readonly waitMs: number;
  readonly isQuiet: boolean;
}

/** What the arguments of `sub` ask for. */
export type ReadSubPlan =
  | { readonly kind: "help" }
  /** Each completes "Cannot subscribe …". */
  | { readonly kind: "refused"; readonly problems: readonly string[] }
  | { readonly kind: "plan"; readonly plan: SubPlan };

const MANY = wholeNumber(1, 1_000_000_000_000);
const WAIT = duration({});

/** Reads the arguments of `sub`; `token` is the environment's. */
export function readSubPlan(args: readonly string[], token: string | undefined): ReadSubPlan {
  const read = readArguments(usageOf("sub"), args);
  if (read.kind === "help") return read;
  const problems = read.kind === "refused" ? [...read.problems] : [];
  const plan = planOf(read, token, problems);
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "plan", plan };
}

function planOf(
  { flags, switches, words: [channel] }: Exclude<Arguments, { kind: "help" }>,
  token: string | undefined,
  problems: string[],
): SubPlan {
  const read = <T>(name: string, kind: { parse(text: string): Parsed<T> }, otherwise: T): T => {
    const text = flags.get(name);
    if (text === undefined) return otherwise;
    const parsed = kind.parse(text);
    if (parsed.kind === "value") return parsed.value;
    problems.push(...wrong(`"--${name}"`, parsed, text));
    return otherwise;
  };
  if (channel === undefined) problems.push("without a channel: see midgard sub --help");
  else problems.push(...wrong("the channel", CHANNEL.parse(channel), channel));
  const last = read<number | undefined>("history", MANY, undefined);
  const since = read<SubStart>("since", { parse: positionOf }, { kind: "top" });
  if (flags.has("history") && flags.has("since")) {
    problems.push("with both --history and --since: keep one of them");
  }
  return {
    channel: channel ?? "",
    url: read("url", ADDRESS, DEFAULT_URL),
    ca: flags.get("ca"),
    token: flags.get("token") ?? (token || undefined),
    start: last === undefined ? since : { kind: "last", count: last },
    count: read("count", MANY, Infinity),
    isJson: switches.has("json"),
    waitMs: read("wait", WAIT, Infinity),
    isQuiet: switches.has("quiet"),
  };
}

type Parsed<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "refused"; readonly rule: string };

function positionOf(text: string): Parsed<SubStart> {
  const [, epoch = "", offset = ""] = /^(?:([\x21-\x7e]{1,255}):)?(\d{1,15})$/.exec(text) ?? [];
  if (offset === "") return { kind: "refused", rule: "<epoch>:<offset>, or an offset" };
  return { kind: "value", value: { kind: "since", epoch, offset: Number(offset) } };
}
