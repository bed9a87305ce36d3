import type { Appended, Draft, HistoryLog } from "../../../server/history/mod.ts";
import { MemoryLog } from "../../../server/history/mod.ts";
import type { Delivery, Hub, PublishRequest, Subscriber } from "../../../server/hub/mod.ts";
import { PLAIN_PROTOCOL } from "../../../server/protocol/mod.ts";
import type { Payload } from "../../../server/publication.ts";
import { turns } from "../../lifecycle/fake_clock.ts";

/** A payload of text. */
export function text(value: string | number): Payload {
  return { kind: "text", text: `${value}` };
}

/** A subscriber that writes down what it gets. */
export class Recorder implements Subscriber {
  readonly protocol = PLAIN_PROTOCOL;
  readonly deliveries: Delivery[] = [];
  /** What it does besides; called in each delivery. */
  onDeliver: (delivery: Delivery) => void = () => {};

  deliver(delivery: Delivery): void {
    this.deliveries.push(delivery);
    this.onDeliver(delivery);
  }

  get offsets(): number[] {
    return this.#outgoing().map(({ publication }) => publication.offset);
  }

  get texts(): string[] {
    return this.deliveries.flatMap((delivery) => delivery.frames(PLAIN_PROTOCOL).map(String));
  }

  get publishers(): (object | undefined)[] {
    return this.#outgoing().map(({ publisher }) => publisher);
  }

  #outgoing() {
    return this.deliveries.flatMap(({ outgoing }) => outgoing);
  }
}

/** A log in memory that a test can hold up, break, and look at. */
export class ScriptedLog extends MemoryLog {
  /** The batches that it was given. */
  readonly batches: (readonly Draft[])[] = [];
  /** Takes the place of storing while it is set. */
  answer: ((drafts: readonly Draft[]) => Promise<readonly Appended[]>) | undefined;
  /** Storing waits for it. */
  gate: Promise<void> = Promise.resolve();

  constructor({ size = 1_000_000 } = {}) {
    super({ retention: () => ({ size, ttlMs: 3_600_000 }) });
  }

  override async append(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    this.batches.push(drafts);
    await this.gate;
    return await (this.answer?.(drafts) ?? super.append(drafts));
  }
}

/** A log with only what a test gives it; everything else fails. */
export function stubLog(methods: Partial<HistoryLog>): HistoryLog {
  const unexpected = () => Promise.reject(new Error("not expected"));
  return {
    append: unexpected,
    read: unexpected,
    remove: unexpected,
    tops: unexpected,
    usage: () => ({ channels: 0, bytes: 0 }),
    close: () => Promise.resolve(),
    ...methods,
  };
}

/** Publishes texts on one channel and waits until they are stored and acknowledged. */
export async function publish(
  hub: Hub,
  channel: string,
  values: readonly (string | number)[],
): Promise<void> {
  for (const value of values) hub.publish({ channel, payload: text(value) });
  await hub.stored();
}

/** Publishes one text; gives what became of it. */
export function publishOne(
  hub: Hub,
  request: Omit<PublishRequest, "payload"> & { readonly value?: string },
): Promise<Appended> {
  const { value = "value", ...rest } = request;
  return new Promise((onAppended) => hub.publish({ ...rest, payload: text(value), onAppended }));
}

/** Lets everything that is stored be handed out. */
export async function handedOut(): Promise<void> {
  await turns(600);
}

/** The whole numbers from 1 to `last`. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** As many subscribers of a channel. */
export function subscribeMany(hub: Hub, channel: string, count: number): Recorder[] {
  const recorders = Array.from({ length: count }, () => new Recorder());
  for (const recorder of recorders) hub.subscribe(channel, recorder);
  return recorders;
}
