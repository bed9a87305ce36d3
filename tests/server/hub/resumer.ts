import type { Appended } from "../../../server/history/mod.ts";
import type { Delivery, ReplayStart, ResumingSubscriber } from "../../../server/hub/mod.ts";
import { Hub } from "../../../server/hub/mod.ts";
import type { Position } from "../../../server/publication.ts";
import { handedOut, publish, Recorder, ScriptedLog, upTo } from "./recorder.ts";

/** A subscriber that can continue, and writes down everything that it is told, in order. */
export class Resumer extends Recorder implements ResumingSubscriber {
  /** `begin 3`, `4`, `5`, `reset 9`, …; offsets stand for publications. */
  readonly story: string[] = [];
  readonly positions: Position[] = [];
  readonly errors: unknown[] = [];
  isGone = false;
  isFull = false;
  /** What it waits for before it takes more. */
  onDrained: () => Promise<void> = () => Promise.resolve();

  override deliver(delivery: Delivery): void {
    for (const { publication } of delivery.outgoing) this.story.push(`${publication.offset}`);
    super.deliver(delivery);
  }

  begin(position: Position): void {
    this.story.push(`begin ${position.offset}`);
    this.positions.push(position);
  }

  reset(position: Position): void {
    this.story.push(`reset ${position.offset}`);
    this.positions.push(position);
  }

  drained(): Promise<void> {
    return this.onDrained();
  }

  failed(error: unknown): void {
    this.errors.push(error);
  }
}

/** A hub whose channel `a` holds `count` publications, of which at most `size` are kept. */
export async function hubWith(
  { count, size = 1_000_000 }: { count: number; size?: number },
): Promise<{ hub: Hub; epoch: string; resume: (start: ReplayStart) => Promise<Resumer> }> {
  const log = new ScriptedLog({ size });
  const hub = new Hub({ log });
  await publish(hub, "a", upTo(count));
  const [top] = await log.tops(["a"]);
  const resume = async (start: ReplayStart) => {
    const resumer = new Resumer();
    hub.resume("a", resumer, start);
    await handedOut();
    return resumer;
  };
  return { hub, epoch: top?.epoch ?? "", resume };
}

/** How a log answers a draft that it has stored. */
export function stored(epoch: string, offset: number): Appended {
  return { kind: "stored", position: { epoch, offset } };
}

/** Offsets as they stand in a story. */
export function fromTo(first: number, last: number): string[] {
  return upTo(last).slice(first - 1).map(String);
}
