import { duration, oneOf, wholeNumber } from "../../config/mod.ts";
import { ADDRESS, CHANNEL, DEFAULT_URL } from "../address.ts";
import { usageOf } from "../usage/command_table.ts";
import { readArguments as readCommandLine } from "../usage/read_arguments.ts";
import type { BenchPlan, BenchProtocol } from "./plan.ts";
import { MIN_SIZE_BYTES } from "./stamp.ts";

/** What the arguments ask for. */
export type BenchArguments =
  | { readonly kind: "help" }
  /** Each completes "Cannot load a server …". */
  | { readonly kind: "refused"; readonly problems: readonly string[] }
  | { readonly kind: "plan"; readonly plan: BenchPlan; readonly isJson: boolean };

const NAMES = [
  ...["url", "ca", "protocol", "token", "publishers", "subscribers", "channels", "channel"],
  ...["size", "rate", "in-flight", "duration", "messages"],
] as const;

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

type Flags = Readonly<Partial<Record<typeof NAMES[number], string>>>;

/** A kind of value, as far as it is needed here. */
interface Kind<T> {
  parse(text: string):
    | { readonly kind: "value"; readonly value: T }
    | { readonly kind: "refused"; readonly rule: string };
}

/** Reads the arguments; `token` is the environment's. */
export function readArguments(
  args: readonly string[],
  token: string | undefined,
): BenchArguments {
  const given = readCommandLine(usageOf("bench"), args);
  if (given.kind === "help") return given;
  const problems = given.kind === "refused" ? [...given.problems] : [];
  // What was read is looked at all the same: everything that is wrong is said at once.
  const flags = Object.fromEntries(NAMES.map((name) => [name, given.flags.get(name)])) as Flags;
  const plan = planOf({ ...flags, token: flags.token ?? token }, problems);
  problems.push(...conflicts(flags, plan));
  if (problems.length > 0) return { kind: "refused", problems };
  return { kind: "plan", plan, isJson: given.switches.has("json") };
}

/** The plan; what is wrong is added to `problems`. */
function planOf(flags: Flags, problems: string[]): BenchPlan {
  const read = <T>(name: keyof Flags, kind: Kind<T>, otherwise: T): T => {
    const text = flags[name];
    if (text === undefined) return otherwise;
    const parsed = kind.parse(text);
    if (parsed.kind === "value") return parsed.value;
    problems.push(`as "--${name}" must be ${parsed.rule}: current value is "${text}"`);
    return otherwise;
  };
  const publishers = read("publishers", PUBLISHERS, 1);
  const sizeBytes = read("size", SIZE, 128);
  const rate = read<number | undefined>("rate", RATE, undefined);
  const messages = read<number | undefined>("messages", MESSAGES, undefined);
  const durationMs = read("duration", DURATION, 10_000);
  return {
    url: read("url", ADDRESS, DEFAULT_URL),
    ...(flags.ca !== undefined && { ca: flags.ca }),
    protocol: read("protocol", PROTOCOL, "centrifuge"),
    token: flags.token || undefined,
    channels: read("channel", { parse: channelsOf }, numbered(read("channels", CHANNELS, 1))),
    subscribers: read("subscribers", SUBSCRIBERS, 1),
    inFlight: read("in-flight", IN_FLIGHT, inFlightOf({ publishers, sizeBytes, rate })),
    end: messages === undefined
      ? { kind: "after", durationMs }
      : { kind: "messages", count: messages },
    ...{ publishers, sizeBytes, rate },
  };
}

/** What does not go together. */
function conflicts(flags: Flags, plan: BenchPlan): string[] {
  const { publishers, channels, inFlight, sizeBytes, protocol } = plan;
  const isTooMany = protocol === "plain" && channels.length > publishers;
  const isTooMuch = publishers * inFlight * sizeBytes > MAX_IN_FLIGHT_BYTES;
  return [
    flags.channel !== undefined && flags.channels !== undefined &&
    "with both --channel and --channels: keep one of them",
    flags.duration !== undefined && flags.messages !== undefined &&
    "with both --duration and --messages: keep one of them",
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

function channelsOf(name: string): ReturnType<Kind<string[]>["parse"]> {
  const channel = CHANNEL.parse(name);
  return channel.kind === "value" ? { kind: "value", value: [channel.value] } : channel;
}
