import { duration, oneOf, wholeNumber } from "../../config/mod.ts";
import { ADDRESS, CHANNEL, DEFAULT_URL } from "../address.ts";
import type { GivenValues, ReadValue } from "../usage/given_values.ts";
import { readPlan } from "../usage/given_values.ts";
import type { BenchPlan, BenchProtocol } from "./plan.ts";
import { MIN_SIZE_BYTES } from "./stamp.ts";

/** What the arguments ask for. */
export type BenchArguments =
  | { readonly kind: "help" }
  /** Each completes "Cannot load a server …". */
  | { readonly kind: "refused"; readonly problems: readonly string[] }
  | { readonly kind: "plan"; readonly plan: BenchPlan; readonly isJson: boolean };

/** Everything in flight, in bytes: what the process may have to hold. */
const MAX_IN_FLIGHT_BYTES = 256 * 1_048_576;
/** A server may close a client that leaves more than this unread. */
const SAFE_IN_FLIGHT_BYTES = 512 * 1_024;

const PROTOCOL = oneOf<BenchProtocol>(["centrifuge", "plain"]);
const PUBLISHERS = wholeNumber(1, 1_000);
const SUBSCRIBERS = wholeNumber(0, 10_000);
const CHANNELS = wholeNumber(1, 10_000);
const SIZE = wholeNumber(MIN_SIZE_BYTES, 1_048_576);
const RATE = wholeNumber(1, 1_000_000);
const IN_FLIGHT = wholeNumber(1, 10_000);
const DURATION = duration({ minMs: 1, maxMs: 86_400_000 });
const MESSAGES = wholeNumber(1, 1_000_000_000);

/** Reads the arguments; `token` is the environment's. */
export function readArguments(
  args: readonly string[],
  token: string | undefined,
): BenchArguments {
  const read = readPlan("bench", args, (given) => {
    const plan = planOf(given, token);
    // What was read is looked at all the same: everything that is wrong is said at once.
    given.refuseBoth("channel", "channels");
    given.refuseBoth("duration", "messages");
    given.problems.push(...conflicts(plan));
    return { plan, isJson: given.switches.has("json") };
  });
  return read.kind === "plan" ? { kind: "plan", ...read.plan } : read;
}

/** The plan; what is wrong is noted. */
function planOf(given: GivenValues, token: string | undefined): BenchPlan {
  const ca = given.text("ca");
  const publishers = given.read("publishers", PUBLISHERS, 1);
  const sizeBytes = given.read("size", SIZE, 128);
  const rate = given.read<number | undefined>("rate", RATE, undefined);
  const messages = given.read<number | undefined>("messages", MESSAGES, undefined);
  const durationMs = given.read("duration", DURATION, 10_000);
  return {
    url: given.read("url", ADDRESS, DEFAULT_URL),
    ...(ca !== undefined && { ca }),
    protocol: given.read("protocol", PROTOCOL, "centrifuge"),
    token: (given.text("token") ?? token) || undefined,
    channels: given.read(
      "channel",
      { parse: channelsOf },
      numbered(given.read("channels", CHANNELS, 1)),
    ),
    subscribers: given.read("subscribers", SUBSCRIBERS, 1),
    inFlight: given.read("in-flight", IN_FLIGHT, inFlightOf({ publishers, sizeBytes, rate })),
    end: messages === undefined
      ? { kind: "after", durationMs }
      : { kind: "messages", count: messages },
    ...{ publishers, sizeBytes, rate },
  };
}

/** What is too much together. */
function conflicts(
  { publishers, channels, inFlight, sizeBytes, protocol }: BenchPlan,
): string[] {
  const isTooMany = protocol === "plain" && channels.length > publishers;
  const isTooMuch = publishers * inFlight * sizeBytes > MAX_IN_FLIGHT_BYTES;
  return [
    isTooMany &&
    "with more --channels than --publishers over plain sockets: each publishes to one channel",
    isTooMuch && "with more than 256 MiB in flight: --publishers, --in-flight and --size multiply",
  ].filter((problem) => problem !== false);
}

/** Enough to keep a server busy, and less than would have it close a subscriber for slowness. */
function inFlightOf(
  { publishers, sizeBytes, rate }: Pick<BenchPlan, "publishers" | "sizeBytes" | "rate">,
): number {
  const [each, all] = rate === undefined ? [64, 256] : [1_000, 10_000];
  const safe = Math.min(all, SAFE_IN_FLIGHT_BYTES / sizeBytes * (rate === undefined ? 1 : 16));
  return Math.max(1, Math.min(each, Math.floor(safe / publishers)));
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `bench:${index}`);
}

function channelsOf(name: string): ReadValue<string[]> {
  const channel = CHANNEL.parse(name);
  return channel.kind === "value" ? { kind: "value", value: [channel.value] } : channel;
}
