/** How often one method was called, and with which errors its calls were answered. */
interface Calls {
  count: number;
  /** By code: all codes are from a table. */
  readonly errors: Map<number, number>;
}

/** What calls of no known method count as. */
const UNKNOWN = "unknown";

/** Calls of a fixed set of methods, and the errors that they were answered with. */
export class CallCounts {
  readonly #methods = new Map<string, Calls>();
  readonly #unknown: Calls = { count: 0, errors: new Map() };

  constructor(methods: Iterable<string>) {
    for (const method of methods) this.#methods.set(method, { count: 0, errors: new Map() });
  }

  /** A call came in. */
  called(method: string): void {
    this.#of(method).count += 1;
  }

  /** It was answered with an error. */
  failed(method: string, code: number): void {
    const { errors } = this.#of(method);
    errors.set(code, (errors.get(code) ?? 0) + 1);
  }

  /** How often each method was called, also if never; those of no known method as `unknown`. */
  calls(): [method: string, count: number][] {
    return this.#all().map(([method, { count }]) => [method, count]);
  }

  /** The errors that there were. */
  errors(): [method: string, code: number, count: number][] {
    return this.#all().flatMap(([method, { errors }]) =>
      [...errors].map(([code, count]): [string, number, number] => [method, code, count])
    );
  }

  /** The method's name if it is of the set, else `unknown`. */
  known(method: string): string {
    return this.#methods.has(method) ? method : UNKNOWN;
  }

  #all(): [string, Calls][] {
    return [...this.#methods, [UNKNOWN, this.#unknown]];
  }

  #of(method: string): Calls {
    return this.#methods.get(method) ?? this.#unknown;
  }
}
