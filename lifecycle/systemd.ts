/**
 * Datagrams to the service manager, as sd_notify(3) describes them. The one file that opens a
 * datagram socket; it needs `--unstable-net` and may read and write.
 *
 * @module
 */

import type { ServiceEnvironment, ServiceOptions } from "./service_environment.ts";
import type { Notified } from "./service_manager.ts";
import { ServiceManager } from "./service_manager.ts";

/** Datagrams that wait for a service manager that does not read. */
const MOST_WAITING = 16;

/** The socket of a service manager: what is sent arrives in this order, or `onError` is told. */
export class NotifySocket implements Notified {
  readonly #address: Deno.UnixAddr;
  readonly #onError: (error: unknown) => void;
  readonly #connection: Deno.DatagramConn;
  readonly #waiting: string[] = [];
  #isSending = false;
  #isClosed = false;

  /**
   * @param address Value of `NOTIFY_SOCKET`: an absolute path, or `@` and an abstract name (Linux).
   * @param onError Told of each datagram that could not be sent.
   * @throws {TypeError} for any other address.
   * @throws {Deno.errors.PermissionDenied} and the like, when no socket can be had.
   */
  constructor(address: string, onError: (error: unknown) => void) {
    this.#address = { transport: "unixpacket", path: pathOf(address) };
    this.#onError = onError;
    this.#connection = openDatagram();
  }

  send(message: string): void {
    if (this.#isClosed) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#onError(new Error(`Cannot send as ${MOST_WAITING} messages wait to be read`));
      return;
    }
    this.#waiting.push(message);
    if (!this.#isSending) this.#sendAll();
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }

  /** The first is on its way before this returns: nothing of a last word is lost to an exit. */
  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let message = this.#waiting.shift(); message; message = this.#waiting.shift()) {
      try {
        await this.#connection.send(new TextEncoder().encode(message), this.#address);
      } catch (error) {
        if (!this.#isClosed) this.#onError(error);
      }
    }
    this.#isSending = false;
  }
}

function pathOf(address: string): string {
  if (address.startsWith("/")) return address;
  if (address.startsWith("@")) return `\0${address.slice(1)}`;
  const rule = `"NOTIFY_SOCKET" must be an absolute path or @ and a name`;
  throw new TypeError(`Cannot notify as ${rule}: current value is "${address}"`);
}

/**
 * A socket to send from. Older runtimes want it to have a path of its own; the path is needed for
 * no more than that, so it is removed at once and nothing is left behind, however the process ends.
 */
function openDatagram(): Deno.DatagramConn {
  const folder = Deno.makeTempDirSync({ prefix: "notify-" });
  try {
    return Deno.listenDatagram({ transport: "unixpacket", path: `${folder}/socket` });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The service manager of a process that was given its address; undefined if it cannot be told. */
export function openServiceManager(
  environment: ServiceEnvironment,
  options: ServiceOptions,
): ServiceManager | undefined {
  const fail = once(options.onError);
  try {
    const socket = new NotifySocket(environment.NOTIFY_SOCKET ?? "", fail);
    return new ServiceManager(socket, { ...options, watchdogMs: watchdogMs(environment, fail) });
  } catch (error) {
    fail(error);
    return undefined;
  }
}

/** A service manager that has gone would fill the log. */
function once(tell: (error: unknown) => void): (error: unknown) => void {
  let isTold = false;
  return (error) => {
    if (!isTold) tell(error);
    isTold = true;
  };
}

/** The period of a watchdog that watches this process; a wrong one is said, and leaves none. */
function watchdogMs(
  { WATCHDOG_USEC, WATCHDOG_PID }: ServiceEnvironment,
  onError: (error: unknown) => void,
): number | undefined {
  if (!WATCHDOG_USEC || (WATCHDOG_PID && WATCHDOG_PID !== String(Deno.pid))) return undefined;
  if (/^[1-9]\d{0,14}$/.test(WATCHDOG_USEC)) return Number(WATCHDOG_USEC) / 1_000;
  const rule = `"WATCHDOG_USEC" must be a number of microseconds`;
  onError(new TypeError(`Cannot notify as ${rule}: current value is "${WATCHDOG_USEC}"`));
  return undefined;
}
