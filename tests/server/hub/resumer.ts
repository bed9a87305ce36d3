import type { Delivery, ResumingSubscriber } from "../../../server/hub/mod.ts";
import type { Position } from "../../../server/publication.ts";
import { Recorder } from "./recorder.ts";

/** A subscriber that can continue, and writes down everything that it is told, in order. */
export class Resumer extends Recorder implements ResumingSubscriber {
  /** `begin 3`, `4`, `5`, `reset 9`, …; offsets stand for publications. */
  readonly story: string[] = [];
  readonly positions: Position[] = [];
  readonly errors: unknown[] = [];
  isGone = false;
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
