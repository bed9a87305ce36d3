import { duration } from "../../config/mod.ts";
import { ADDRESS, CHANNEL, DEFAULT_URL } from "../address.ts";
import type { PubFormat } from "./attempt.ts";
import { usageOf } from "../usage/command_table.ts";
import type { Arguments } from "../usage/read_arguments.ts";
import { readArguments } from "../usage/read_arguments.ts";

/** What is published, and how. */
export interface PubPlan {
  readonly channel: string;
  /** The only message; undefined for those of standard input. */
  readonly message: string | undefined;
  readonly format: PubFormat;
  readonly url: string;
  readonly ca: string | undefined;
  readonly token: string | undefined;
  readonly apiKey: string | undefined;
  /** Milliseconds for which a server that is away is waited for. */
  readonly waitMs: number;
  readonly isQuiet: boolean;
}

/** What the arguments of `pub` ask for. */
export type ReadPubPlan =
  | { readonly kind: "help" }
  /** Each completes "Cannot publish …". */
  | { readonly kind: "refused"; readonly problems: readonly string[] }
  | { readonly kind: "plan"; readonly plan: PubPlan };

/** Secrets of the environment. */
export interface Secrets {
  readonly token: string | undefined;
  readonly apiKey: string | undefined;
}

const WAIT = duration({});
const DEFAULT_WAIT_MS = 60_000;

/** Reads the arguments of `pub`. */
export function readPubPlan(args: readonly string[], secrets: Secrets): ReadPubPlan {
  const read = readArguments(usageOf("pub"), args);
  if (read.kind === "help") return read;
  const problems = read.kind === "refused" ? [...read.problems] : [];
  const plan = planOf(read, secrets, problems);
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "plan", plan };
}

function planOf(
  { flags, switches, words }: Exclude<Arguments, { kind: "help" }>,
  secrets: Secrets,
  problems: string[],
): PubPlan {
  const [channel, message] = words;
  const [isJson, isBinary] = [switches.has("json"), switches.has("binary")];
  if (channel === undefined) problems.push("without a channel: see midgard pub --help");
  else problems.push(...wrong("the channel", CHANNEL.parse(channel), channel));
  if (isJson && isBinary) problems.push("with both --json and --binary: keep one of them");
  if (isBinary && message !== undefined) {
    problems.push("a message of the command line as --binary: that is for standard input");
  }
  const url = flags.get("url") ?? DEFAULT_URL;
  problems.push(...wrong('"--url"', ADDRESS.parse(url), url));
  const waitText = flags.get("wait");
  const wait = waitText === undefined ? undefined : WAIT.parse(waitText);
  if (wait !== undefined) problems.push(...wrong('"--wait"', wait, waitText));
  return {
    ...{ channel: channel ?? "", message, url, ca: flags.get("ca") },
    format: isJson ? "json" : isBinary ? "binary" : "text",
    token: flags.get("token") ?? (secrets.token || undefined),
    apiKey: flags.get("api-key") ?? (secrets.apiKey || undefined),
    waitMs: wait?.kind === "value" ? wait.value : DEFAULT_WAIT_MS,
    isQuiet: switches.has("quiet"),
  };
}

/** What is wrong with a value, if anything is. */
export function wrong(
  name: string,
  read: { readonly kind: "value" } | { readonly kind: "refused"; readonly rule: string },
  text: string | undefined,
): string[] {
  if (read.kind === "value") return [];
  return [`as ${name} must be ${read.rule}: current value is "${text}"`];
}
