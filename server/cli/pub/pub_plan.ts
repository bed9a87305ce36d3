import { duration } from "../../config/mod.ts";
import { ADDRESS, DEFAULT_URL } from "../address.ts";
import type { GivenValues, ReadPlan } from "../usage/given_values.ts";
import { readPlan } from "../usage/given_values.ts";
import type { PubFormat } from "./attempt.ts";

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

/** Secrets of the environment. */
export interface Secrets {
  readonly token: string | undefined;
  readonly apiKey: string | undefined;
}

const WAIT = duration({});
const DEFAULT_WAIT_MS = 60_000;

/** Reads the arguments of `pub`: a problem completes "Cannot publish …". */
export function readPubPlan(args: readonly string[], secrets: Secrets): ReadPlan<PubPlan> {
  return readPlan("pub", args, (given) => planOf(given, secrets));
}

function planOf(given: GivenValues, secrets: Secrets): PubPlan {
  const { problems, switches, words: [, message] } = given;
  const channel = given.channel("pub");
  const [isJson, isBinary] = [switches.has("json"), switches.has("binary")];
  if (isJson && isBinary) problems.push("with both --json and --binary: keep one of them");
  if (isBinary && message !== undefined) {
    problems.push("a message of the command line as --binary: that is for standard input");
  }
  return {
    ...{ channel, message, url: given.read("url", ADDRESS, DEFAULT_URL), ca: given.text("ca") },
    format: isJson ? "json" : isBinary ? "binary" : "text",
    token: given.text("token") ?? (secrets.token || undefined),
    apiKey: given.text("api-key") ?? (secrets.apiKey || undefined),
    waitMs: given.read("wait", WAIT, DEFAULT_WAIT_MS),
    isQuiet: switches.has("quiet"),
  };
}
