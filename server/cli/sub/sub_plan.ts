import { duration, wholeNumber } from "../../config/mod.ts";
import { ADDRESS, DEFAULT_URL } from "../address.ts";
import type { GivenValues, ReadPlan, ReadValue } from "../usage/given_values.ts";
import { readPlan } from "../usage/given_values.ts";

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

const MANY = wholeNumber(1, 1_000_000_000_000);
const WAIT = duration({});

/**
 * Reads the arguments of `sub`; `token` is the environment's. A problem completes "Cannot subscribe …".
 */
export function readSubPlan(
  args: readonly string[],
  token: string | undefined,
): ReadPlan<SubPlan> {
  return readPlan("sub", args, (given) => planOf(given, token));
}

function planOf(given: GivenValues, token: string | undefined): SubPlan {
  const { switches } = given;
  const channel = given.channel("sub");
  const last = given.read<number | undefined>("history", MANY, undefined);
  const since = given.read<SubStart>("since", { parse: positionOf }, { kind: "top" });
  given.refuseBoth("history", "since");
  return {
    channel,
    url: given.read("url", ADDRESS, DEFAULT_URL),
    ca: given.text("ca"),
    token: given.text("token") ?? (token || undefined),
    start: last === undefined ? since : { kind: "last", count: last },
    count: given.read("count", MANY, Infinity),
    isJson: switches.has("json"),
    waitMs: given.read("wait", WAIT, Infinity),
    isQuiet: switches.has("quiet"),
  };
}

function positionOf(text: string): ReadValue<SubStart> {
  const [, epoch = "", offset = ""] = /^(?:([\x21-\x7e]{1,255}):)?(\d{1,15})$/.exec(text) ?? [];
  if (offset === "") return { kind: "refused", rule: "<epoch>:<offset>, or an offset" };
  return { kind: "value", value: { kind: "since", epoch, offset: Number(offset) } };
}
