/**
 * The system calls of a TCP client (Linux, glibc). A read through the runtime costs a crowd some
 * microseconds, as much as a server's send, and so it would measure itself; through the kernel it
 * costs less than one.
 */
const LIBC = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  /** The same call on another thread: meanwhile timers fire. */
  epoll_await: {
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
}).symbols;

const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const READABLE = 0x001;
const WRITABLE = 0x004;

/** `struct epoll_event` is packed on x86-64 only. */
const EVENT = Deno.build.arch === "x86_64" ? { bytes: 12, data: 4 } : { bytes: 16, data: 8 };
const MOST_EVENTS = 1_024;

/** Connects to a port on loopback; a negative number when nobody is there. */
export function connectSocket(port: number): number {
  const socket = LIBC.socket(AF_INET, SOCK_STREAM, 0);
  if (socket < 0) return socket;
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  address.set([127, 0, 0, 1], 4);
  const failure = LIBC.connect(socket, address, address.length);
  if (failure < 0) {
    LIBC.close(socket);
    return failure;
  }
  LIBC.setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, new Uint8Array([1, 0, 0, 0]), 4);
  return socket;
}

/** Gives how many bytes the kernel has taken, at once; negative when it took none. */
export function sendBytes(socket: number, bytes: Uint8Array<ArrayBuffer>): number {
  return LIBC.send(socket, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/** Reads what is there into `buffer`; 0 at the end, negative when the connection is broken. */
export function receiveBytes(socket: number, buffer: Uint8Array<ArrayBuffer>): number {
  return LIBC.recv(socket, buffer, buffer.length, MSG_DONTWAIT);
}

/** Closes a socket; no {@linkcode Poll} speaks of it any more. */
export function closeSocket(socket: number): void {
  LIBC.close(socket);
}

/** Tells which of many sockets have something to read or room to write. */
export class Poll {
  readonly #poll = LIBC.epoll_create1(0);
  readonly #event = new Uint8Array(EVENT.bytes);
  readonly #events = new Uint8Array(EVENT.bytes * MOST_EVENTS);
  readonly #view = new DataView(this.#events.buffer);

  /** Begins to watch for what comes to read. */
  add(socket: number): void {
    this.#control(EPOLL_CTL_ADD, socket, READABLE);
  }

  /** Changes what a socket that is watched is watched for. */
  change(socket: number, canWrite: boolean): void {
    this.#control(EPOLL_CTL_MOD, socket, canWrite ? READABLE | WRITABLE : READABLE);
  }

  /** Watches a socket no longer; it stays open. */
  remove(socket: number): void {
    this.#control(EPOLL_CTL_DEL, socket, 0);
  }

  /** Tells what there is now, or else waits until there is something, for so long at most. */
  async wait(
    timeoutMs: number,
    onEvent: (socket: number, canWrite: boolean) => void,
  ): Promise<void> {
    const count = LIBC.epoll_wait(this.#poll, this.#events, MOST_EVENTS, 0) ||
      await LIBC.epoll_await(this.#poll, this.#events, MOST_EVENTS, timeoutMs);
    for (let at = 0; at < count * EVENT.bytes; at += EVENT.bytes) {
      const flags = this.#view.getUint32(at, true);
      onEvent(this.#view.getInt32(at + EVENT.data, true), (flags & WRITABLE) !== 0);
    }
  }

  #control(operation: number, socket: number, flags: number): void {
    const view = new DataView(this.#event.buffer);
    view.setUint32(0, flags, true);
    view.setInt32(EVENT.data, socket, true);
    if (LIBC.epoll_ctl(this.#poll, operation, socket, this.#event) < 0) {
      throw new Error(`Cannot watch socket ${socket}`);
    }
  }
}
