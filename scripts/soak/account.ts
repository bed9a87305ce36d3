import { ChannelLedger, type Wrongs } from "./channel_ledger.ts";
import { Counts } from "./counts.ts";

/** How much was published and delivered so far. */
export interface Volume {
  readonly published: number;
  readonly acknowledged: number;
  readonly delivered: number;
}

/** Everything that a soak writes down. */
export class Account {
  /** Bodies that were sent, those without an answer included. */
  published = 0;
  readonly channels: readonly ChannelLedger[];
  /** What is expected while servers come and go: closes, refusals, broken connections. */
  readonly errors = new Counts();
  /** What must never happen. Each is a reason to fail. */
  readonly faults = new Counts();
  /** What else was done: recoveries, presence, pages, joins and leaves. */
  readonly activities = new Counts();
  /** What peers that misbehave did, and how that ended. */
  readonly misbehaviour = new Counts();

  constructor(channels: number) {
    this.channels = Array.from(
      { length: channels },
      (_, index) => new ChannelLedger(`soak-${index}`),
    );
  }

  /** Sums over all channels. */
  get volume(): Volume {
    return {
      published: this.published,
      acknowledged: this.#sum(({ acknowledged }) => acknowledged),
      delivered: this.#sum(({ delivered }) => delivered),
    };
  }

  /** What is wrong so far; gaps that are open count as lost. */
  get wrongs(): Wrongs {
    return {
      lost: this.#sum(({ lost, gaps }) => lost + gaps),
      repeated: this.#sum(({ repeated }) => repeated),
      misordered: this.#sum(({ misordered }) => misordered),
    };
  }

  /** Wrongs in words, as many as are told one by one. */
  get findings(): readonly string[] {
    return this.channels.flatMap(({ findings }) => findings).sort();
  }

  /** Ends the account: `tops` are the newest offsets of the channels. */
  settle(tops: readonly number[]): Wrongs {
    const wrongs = this.channels.map((channel, index) => channel.settle(tops[index] ?? 0));
    const sum = (valueOf: (wrongs: Wrongs) => number) =>
      wrongs.reduce((total, each) => total + valueOf(each), 0);
    return {
      lost: sum(({ lost }) => lost),
      repeated: sum(({ repeated }) => repeated),
      misordered: sum(({ misordered }) => misordered),
    };
  }

  #sum(valueOf: (channel: ChannelLedger) => number): number {
    return this.channels.reduce((total, channel) => total + valueOf(channel), 0);
  }
}
