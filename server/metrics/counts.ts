import type { Disconnect, Refusal } from "../errors.ts";
import { DISCONNECTS, REFUSALS } from "../errors.ts";
import type { EventName, LogFields, Logger } from "../log.ts";
import { CallCounts } from "./call_counts.ts";
import { Histogram } from "./histogram.ts";
import { Tally } from "./tally.ts";
import type { ConnectionProtocol } from "./traffic.ts";
import { CONNECTION_PROTOCOLS, PublicationCounts, Traffic } from "./traffic.ts";

/** Options of {@linkcode Counts}: the tables of what can be counted, of the rooms above. */
export interface CountsOptions {
  /** Closes besides those of plain WebSockets. @default none */
  readonly disconnects?: Iterable<Disconnect>;
  /** Ways in which a subscription is ended. @default none */
  readonly unsubscribes?: Iterable<Disconnect>;
  /** Methods of clients' commands. @default none */
  readonly commands?: Iterable<string>;
  /** Methods of the server API. @default none */
  readonly apiMethods?: Iterable<string>;
  /** Told at debug level of what is counted one by one, but for frames and what is in them. */
  readonly log?: Pick<Logger, "debug" | "writes">;
}

/** Seconds that one transaction takes: from memory and small files to a disk that is waited for. */
const COMMIT_BOUNDS_S = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025],
  ...[0.05, 0.1, 0.25, 0.5, 1, 2.5],
];

/** Everything that is counted since the start, where it happens. */
export class Counts {
  readonly traffic: Readonly<Record<ConnectionProtocol, Traffic>>;
  /** Publications that came by `POST /channels/<channel>`. */
  readonly http = new PublicationCounts();
  /** Publications that came by the server API. */
  readonly api = new PublicationCounts();
  /** Closes that the server sent, and streams that it ended. */
  readonly disconnects: Tally<Disconnect>;
  readonly unsubscribes: Tally<Disconnect>;
  /** Requests that were answered with an error. */
  readonly refusals: Tally<Refusal> = new Tally<Refusal>(Object.values(REFUSALS));
  /** Answers by their status. */
  readonly responses = new Map<number, number>();
  readonly commands: CallCounts;
  readonly apiCalls: CallCounts;
  /** Seconds that each step of storing took. */
  readonly commits: Histogram = new Histogram(COMMIT_BOUNDS_S);
  readonly #log: CountsOptions["log"];

  constructor(
    { disconnects = [], unsubscribes = [], commands = [], apiMethods = [], log }: CountsOptions =
      {},
  ) {
    this.#log = log;
    this.traffic = Object.fromEntries(
      CONNECTION_PROTOCOLS.map((protocol) => [protocol, new Traffic(protocol)]),
    ) as Record<ConnectionProtocol, Traffic>;
    this.disconnects = new Tally([...Object.values(DISCONNECTS), ...disconnects]);
    this.unsubscribes = new Tally(unsubscribes);
    this.commands = new CallCounts(commands);
    this.apiCalls = new CallCounts(apiMethods);
  }

  /**
   * A request was answered.
   *
   * @param refusal The code of its refusal, if it was refused. @param from Whom it was from.
   */
  answered(status: number, refusal: string, from: () => string): void {
    this.responses.set(status, (this.responses.get(status) ?? 0) + 1);
    const row = REFUSALS_BY_CODE.get(refusal);
    if (row === undefined) return;
    this.refusals.count(row);
    if (this.#log?.writes("debug") !== true) return;
    this.#tell("request_refused", { status, reason: refusal, address: from() });
  }

  /** A connection was taken in. */
  opened(traffic: Traffic): void {
    traffic.opened += 1;
    this.#tell("connection_opened", { protocol: traffic.protocol });
  }

  /** A connection has ended. */
  closed(traffic: Traffic, outcome: "clean" | "terminated"): void {
    if (outcome === "clean") traffic.closedCleanly += 1;
    else traffic.terminated += 1;
    const { protocol } = traffic;
    this.#tell("connection_closed", { protocol, outcome });
  }

  /** A connection is sent a Close. */
  disconnecting(disconnect: Disconnect): void {
    this.disconnects.count(disconnect);
    const { code, reason } = disconnect;
    // A reason that the server API was told to send is not ours to write down.
    const known = this.disconnects.has(disconnect) ? { reason } : {};
    this.#tell("disconnecting", { code, ...known });
  }

  /** A command of a client was answered with an error. */
  commandFailed(method: string, code: number): void {
    this.commands.failed(method, code);
    this.#tell("command_refused", { via: "client", method, code });
  }

  /** A call of the server API failed. */
  apiCallFailed(method: string, code: number): void {
    this.apiCalls.failed(method, code);
    this.#tell("command_refused", { via: "api", method: this.apiCalls.known(method), code });
  }

  #tell(event: EventName, fields: LogFields): void {
    if (this.#log?.writes("debug") !== true) return;
    this.#log.debug(event, sentence(event, fields), fields);
  }
}

/** `connection closed: sse clean`: names of fields are for programs. */
function sentence(event: string, fields: LogFields): string {
  return `${event.replaceAll("_", " ")}: ${Object.values(fields).join(" ")}`;
}

const REFUSALS_BY_CODE: ReadonlyMap<string, Refusal> = new Map(
  Object.values(REFUSALS).map((refusal) => [refusal.code, refusal]),
);
