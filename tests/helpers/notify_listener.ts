/** The service manager's side of sd_notify(3): a datagram socket that keeps all it is told. */
import { range, waitFor } from "./wait.ts";

/** One datagram: its assignments by name, `READY` and the like, in the order they stood in. */
export interface Notification {
  readonly values: ReadonlyMap<string, string>;
  /** `performance.now()` when it was read. */
  readonly atMs: number;
}

/** Listens on a socket in a folder of its own, or under an abstract name. */
export class NotifyListener implements Disposable {
  /** For `NOTIFY_SOCKET`. */
  readonly address: string;
  readonly notifications: Notification[] = [];
  readonly #folder = Deno.makeTempDirSync();
  readonly #connection: Deno.DatagramConn;

  /** @param options.isDeaf Binds, and never reads. */
  constructor({ isAbstract = false, isDeaf = false } = {}) {
    const name = `midgard-${crypto.randomUUID()}`;
    this.address = isAbstract ? `@${name}` : `${this.#folder}/notify`;
    const path = isAbstract ? `\0${name}` : this.address;
    this.#connection = Deno.listenDatagram({ transport: "unixpacket", path });
    if (!isDeaf) this.#read();
  }

  /** Every value of a name so far. */
  of(name: string): string[] {
    return this.notifications.flatMap(({ values }) => values.get(name) ?? []);
  }

  /** The names told so far, `STATUS` and `WATCHDOG` left out: what changes the service's state. */
  get states(): string[] {
    const states = ["READY", "RELOADING", "STOPPING"];
    return this.notifications.flatMap(({ values }) => [...values.keys()])
      .filter((name) => states.includes(name));
  }

  /** Waits until `name` was told `count` times. */
  async until(name: string, count = 1): Promise<void> {
    await waitFor(() => this.of(name).length >= count, {
      what: `${name} to be told ${count} times`,
      explain: () => this.toString(),
    });
  }

  /** One line a datagram, for failure messages. */
  toString(): string {
    return this.notifications.map(({ values }) =>
      [...values].map(([name, value]) => `${name}=${value}`).join(" | ")
    ).join("\n");
  }

  [Symbol.dispose](): void {
    this.#connection.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }

  async #read(): Promise<void> {
    for await (const [bytes] of this.#connection) {
      const text = new TextDecoder().decode(bytes);
      const values = new Map(text.split("\n").map(assignmentOf));
      this.notifications.push({ values, atMs: performance.now() });
    }
  }
}

/** Milliseconds between neighbours. */
export function gapsMs(notifications: readonly Notification[]): number[] {
  const times = notifications.map(({ atMs }) => atMs);
  return range(Math.max(0, times.length - 1)).map((index) => times[index + 1]! - times[index]!);
}

function assignmentOf(line: string): [string, string] {
  const at = line.indexOf("=");
  if (at < 1) throw new Error(`Cannot read a notification: "${line}" is not NAME=value`);
  return [line.slice(0, at), line.slice(at + 1)];
}
