import type { Disconnect, Refusal } from "../errors.ts";
import { DISCONNECTS, REFUSALS } from "../errors.ts";
import { CallCounts } from "./call_counts.ts";
import { Histogram } from "./histogram.ts";
import { Tally } from "./tally.ts";
import type { ConnectionProtocol } from "./traffic.ts";
import { CONNECTION_PROTOCOLS, PublicationCounts, Traffic } from "./traffic.ts";

/** The tables of what can be counted, of the rooms above. */
export interface CountedTables {
  /** Closes besides those of plain WebSockets. @default none */
  readonly disconnects?: Iterable<Disconnect>;
  /** Ways in which a subscription is ended. @default none */
  readonly unsubscribes?: Iterable<Disconnect>;
  /** Methods of clients' commands. @default none */
  readonly commands?: Iterable<string>;
  /** Methods of the server API. @default none */
  readonly apiMethods?: Iterable<string>;
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

  constructor(
    { disconnects = [], unsubscribes = [], commands = [], apiMethods = [] }: CountedTables = {},
  ) {
    this.traffic = Object.fromEntries(
      CONNECTION_PROTOCOLS.map((protocol) => [protocol, new Traffic()]),
    ) as Record<ConnectionProtocol, Traffic>;
    this.disconnects = new Tally([...Object.values(DISCONNECTS), ...disconnects]);
    this.unsubscribes = new Tally(unsubscribes);
    this.commands = new CallCounts(commands);
    this.apiCalls = new CallCounts(apiMethods);
  }

  /** A request was answered; `refusal` is the code of its refusal, if it was refused. */
  answered(status: number, refusal: string): void {
    this.responses.set(status, (this.responses.get(status) ?? 0) + 1);
    const row = REFUSALS_BY_CODE.get(refusal);
    if (row !== undefined) this.refusals.count(row);
  }
}

const REFUSALS_BY_CODE: ReadonlyMap<string, Refusal> = new Map(
  Object.values(REFUSALS).map((refusal) => [refusal.code, refusal]),
);
