import type {
  CloseOutcome,
  Drainable,
  DrainableConnection,
  DrainObserver,
  Urgency,
} from "../../lifecycle/mod.ts";

/** A connection that writes down what is asked of it. */
export class FakeConnection implements DrainableConnection {
  readonly closes: Urgency[] = [];
  givenUp = 0;
  readonly #owner: FakeConnections;

  constructor(owner: FakeConnections) {
    this.#owner = owner;
  }

  close(urgency: Urgency): void {
    this.closes.push(urgency);
    this.#owner.onClose(this);
  }

  giveUp(): void {
    this.givenUp += 1;
    this.leave("terminated");
  }

  leave(outcome: CloseOutcome): void {
    this.#owner.observer?.left(this, outcome);
  }
}

/** A set of connections that does what the test says. */
export class FakeConnections implements Drainable {
  readonly connections: FakeConnection[] = [];
  observer: DrainObserver | undefined;
  /** What a connection does when it is closed. Default: nothing, its peer is silent. */
  onClose: (connection: FakeConnection) => void = () => {};

  constructor(count = 0) {
    for (let made = 0; made < count; made++) this.connections.push(new FakeConnection(this));
  }

  beginDrain(observer: DrainObserver): DrainableConnection[] {
    this.observer = observer;
    return [...this.connections];
  }

  /** A connection that was still opening opens during the drain. */
  join(): FakeConnection {
    const connection = new FakeConnection(this);
    this.connections.push(connection);
    this.observer?.joined(connection);
    return connection;
  }

  /** How often each connection was closed, in order. */
  get closeCounts(): number[] {
    return this.connections.map(({ closes }) => closes.length);
  }
}

/** The answer of a peer that is there: its own Close, at once. */
export function answerAtOnce(connection: FakeConnection): void {
  connection.leave("clean");
}
