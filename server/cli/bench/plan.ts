/** What carries the load. */
export type BenchProtocol = "centrifuge" | "plain";

/** When the publishers stop by themselves. */
export type BenchEnd =
  | { readonly kind: "after"; readonly durationMs: number }
  | { readonly kind: "messages"; readonly count: number };

/** A load: who sends what, where to, and for how long. */
export interface BenchPlan {
  /** Address of the server; of `http:`, `https:`, `ws:` or `wss:`. */
  readonly url: string;
  /** File of authorities to trust besides the public ones. */
  readonly ca?: string;
  readonly protocol: BenchProtocol;
  readonly token: string | undefined;
  readonly publishers: number;
  readonly subscribers: number;
  readonly channels: readonly string[];
  /** Bytes of a payload. */
  readonly sizeBytes: number;
  /** Messages a second of all publishers together; undefined for as fast as acknowledged. */
  readonly rate: number | undefined;
  /** Messages of one publisher that may be unanswered. */
  readonly inFlight: number;
  readonly end: BenchEnd;
}

/** Where one message of a publisher goes. */
export interface Destination {
  /** Index of the channel in the plan. */
  readonly channel: number;
  /** Which message of this publisher in this channel it is, from 0. */
  readonly sequence: number;
}

type Sizes = Pick<BenchPlan, "publishers" | "channels">;

/**
 * Where the message with this number, from 0, goes. Every channel has a publisher: with more
 * channels than publishers each publisher takes turns with its own.
 */
export function destinationOf(
  { publishers, channels }: Sizes,
  publisher: number,
  number: number,
): Destination {
  const own = Math.max(1, Math.ceil((channels.length - publisher) / publishers));
  return {
    channel: publisher % channels.length + number % own * publishers,
    sequence: Math.floor(number / own),
  };
}

/** The index of the channel that a subscriber reads. */
export function channelOf({ channels }: Pick<BenchPlan, "channels">, subscriber: number): number {
  return subscriber % channels.length;
}

/** How many publishers the channel with the most of them has. */
export function publishersPerChannel({ publishers, channels }: Sizes): number {
  return Math.ceil(publishers / channels.length);
}

/** Which one a publisher is, from 0, among those of its channel. */
export function publisherSlot(
  { channels }: Pick<BenchPlan, "channels">,
  publisher: number,
): number {
  return Math.floor(publisher / channels.length);
}
