/** What the system knows of a server's process, and a pair of clients to whom nothing may happen. */
import { assertEquals } from "@std/assert";
import type { Midgard, RunningMidgard } from "../../helpers/midgard.ts";
import { RawPeer } from "../../helpers/raw_peer.ts";
import { range } from "../../helpers/wait.ts";

/** Runs a program to its end and gives what it wrote. @throws {Error} when it fails. */
export function outputOf(command: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args }).outputSync();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`Cannot ${[command, ...args].join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Why a program cannot be run here, or undefined if it can. */
export function whyNot(reason: string, command: string, ...args: string[]): string | undefined {
  try {
    outputOf(command, ...args);
    return undefined;
  } catch {
    return reason;
  }
}

/** Open descriptors of a server. */
export function descriptorsOf({ pid }: Midgard): number {
  return outputOf("ls", `/proc/${pid}/fd`).trim().split("\n").length;
}

/** Resident memory of a server in MiB, now and at its highest so far. */
export function memoryOf(
  { pid }: { readonly pid: number },
): { readonly nowMiB: number; readonly peakMiB: number } {
  const status = outputOf("cat", `/proc/${pid}/status`);
  const read = (field: string) =>
    Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024);
  return { nowMiB: read("VmRSS"), peakMiB: read("VmHWM") };
}

/** Two clients of one channel, one of which sends to the other, while others have their faults. */
export class Pair implements Disposable {
  readonly #writer: RawPeer;
  readonly #reader: RawPeer;
  readonly #tripsMs: number[] = [];

  private constructor(writer: RawPeer, reader: RawPeer) {
    this.#writer = writer;
    this.#reader = reader;
  }

  static async connect({ port }: RunningMidgard): Promise<Pair> {
    const path = "/channels/pair";
    const reader = await RawPeer.connect({ port, path });
    return new Pair(await RawPeer.connect({ port, path }), reader);
  }

  /** Milliseconds that the slowest message took. */
  get slowestMs(): number {
    return Math.round(Math.max(...this.#tripsMs));
  }

  /** Sends so many messages, each when the one before has arrived. */
  async exchange(count: number): Promise<void> {
    for (const _message of range(count)) {
      const sentAt = performance.now();
      const expected = this.#tripsMs.length + 1;
      await this.#writer.text(`message ${expected}`);
      await this.#reader.until(({ messageCount }) => messageCount === expected, {
        what: `message ${expected} of a pair that does nothing wrong`,
      });
      this.#tripsMs.push(performance.now() - sentAt);
    }
  }

  /** Sends one message after the other until `work` has settled, and passes on what it gave. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => isDone = true);
    // What it throws is thrown below.
    done.catch(() => {});
    while (!isDone) await this.exchange(1);
    return await done;
  }

  /** Neither of them was closed. */
  assertOpen(): void {
    for (const peer of [this.#writer, this.#reader]) {
      assertEquals([peer.closeFrames, peer.ending], [[], undefined]);
    }
  }

  [Symbol.dispose](): void {
    this.#writer.abort();
    this.#reader.abort();
  }
}
