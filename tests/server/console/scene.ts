import { Connection } from "../../../server/console/connection.js";
import { FakeClock } from "../../lifecycle/fake_clock.ts";

/** Where every connection goes. */
export const URL = "ws://host/channels/lobby";

/** A socket of which the test plays the other end. */
export class FakeSocket {
  readonly url: string;
  readonly sent: unknown[] = [];
  readonly closes: (number | undefined)[] = [];
  binaryType = "blob";
  readyState = 0;
  onopen: () => void = () => {};
  onmessage: (event: { data: unknown }) => void = () => {};
  onclose: (event: { code: number; reason: string; wasClean: boolean }) => void = () => {};

  constructor(url: string) {
    this.url = url;
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(code?: number): void {
    this.closes.push(code);
    this.readyState = 2;
  }

  open(): void {
    this.readyState = 1;
    this.onopen();
  }

  end(code = 1001, reason = "server stopping"): void {
    this.readyState = 3;
    this.onclose({ code, reason, wasClean: code !== 1006 });
  }
}

/** What a connection told. */
export interface Event {
  readonly type: string;
  readonly [name: string]: unknown;
}

/** A connection under a clock of its own, the sockets it made and what it told. */
export class Scene implements Disposable {
  readonly clock = new FakeClock();
  readonly sockets: FakeSocket[] = [];
  readonly events: Event[] = [];
  readonly connection: Connection;

  constructor(random = 0.5) {
    const options = {
      createSocket: (url: string) => {
        const socket = new FakeSocket(url);
        this.sockets.push(socket);
        return socket;
      },
      random: () => random,
    };
    this.connection = new Connection((event: Event) => this.events.push(event), options);
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1) ?? new FakeSocket("none was made");
  }

  get state(): Event {
    return { type: "state", ...this.connection.state };
  }

  /** Events of one kind. */
  of(type: string): Event[] {
    return this.events.filter((event) => event.type === type);
  }

  /** Connects. */
  connect(): void {
    this.connection.open(URL);
    this.socket.open();
  }

  [Symbol.dispose](): void {
    this.clock[Symbol.dispose]();
  }
}
