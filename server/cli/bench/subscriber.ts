import type { Disconnect } from "../../errors.ts";
import type { ConnectionEvents, LoadConnection } from "./connection.ts";
import type { Measurements } from "./measurements.ts";
import { channelOf, publisherSlot, publishersPerChannel } from "./plan.ts";
import type { ParticipantOptions } from "./publisher.ts";
import { SequenceTracker } from "./sequence_tracker.ts";
import { PROBE } from "./stamp.ts";

/** Reads one channel and counts what it gets. */
export class Subscriber implements ConnectionEvents {
  readonly connection: LoadConnection;
  /** Index of its channel. */
  readonly channel: number;
  readonly #options: ParticipantOptions;
  readonly #tracker: SequenceTracker;
  #measurements: Measurements | undefined;
  #isProbed = false;
  #received = 0;

  constructor(options: ParticipantOptions) {
    const { plan, index } = options;
    this.#options = options;
    this.channel = channelOf(plan, index);
    this.#tracker = new SequenceTracker(publishersPerChannel(plan));
    this.connection = options.connect(this);
  }

  /** From now on messages are counted. */
  begin(measurements: Measurements): void {
    this.#measurements = measurements;
  }

  /** Whether a probe has arrived: the server knows that it reads the channel. */
  get isProbed(): boolean {
    return this.#isProbed;
  }

  /** Different messages received. */
  get received(): number {
    return this.#received;
  }

  onPublication(payload: string): void {
    const { plan, stamper } = this.#options;
    const stamp = stamper.read(payload);
    if (stamp === undefined) return;
    if (stamp.publisher === PROBE) this.#isProbed = true;
    if (stamp.publisher >= plan.publishers) return;
    const arrival = this.#tracker.take(publisherSlot(plan, stamp.publisher), stamp.sequence);
    if (arrival !== "repeated") this.#received += 1;
    this.#measurements?.delivered(arrival, stamp.atMs, performance.now());
  }

  onAnswer(): void {}

  onClose(close: Disconnect): void {
    this.#measurements?.closed(close);
  }
}
