import { CHANNEL } from "../address.ts";
import { usageOf } from "./command_table.ts";
import type { Arguments } from "./read_arguments.ts";
import { readArguments } from "./read_arguments.ts";

/** What came of reading a text; `rule` completes "must be …". */
export type ReadValue<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "refused"; readonly rule: string };

/** A kind of value, as far as command lines need it. */
export interface ValueKind<T> {
  parse(text: string): ReadValue<T>;
}

/** What the arguments of a command ask for. */
export type ReadPlan<Plan> =
  | { readonly kind: "help" }
  /** Each completes "Cannot … <problem>". */
  | { readonly kind: "refused"; readonly problems: readonly string[] }
  | { readonly kind: "plan"; readonly plan: Plan };

/** What stands on a command line that is not a wish for help. */
type Given = Exclude<Arguments, { readonly kind: "help" }>;

/** The values on a command line. What is wrong with them is noted: all of it is said at once. */
export class GivenValues {
  readonly switches: Given["switches"];
  readonly words: Given["words"];
  /** Each completes "Cannot … <problem>". */
  readonly problems: string[];
  readonly #flags: Given["flags"];

  constructor(given: Given) {
    this.switches = given.switches;
    this.words = given.words;
    this.problems = given.kind === "refused" ? [...given.problems] : [];
    this.#flags = given.flags;
  }

  /** The text of a flag; undefined where it is not given. */
  text(name: string): string | undefined {
    return this.#flags.get(name);
  }

  /** The value of a flag; `otherwise` where it is not given, or wrong. */
  read<T>(name: string, kind: ValueKind<T>, otherwise: T): T {
    const text = this.text(name);
    return text === undefined ? otherwise : this.#parse(`"--${name}"`, kind, { text, otherwise });
  }

  /** The channel, which has to be the first word; empty where it is missing, or wrong. */
  channel(command: string): string {
    const [text] = this.words;
    if (text !== undefined) return this.#parse("the channel", CHANNEL, { text, otherwise: "" });
    this.problems.push(`without a channel: see midgard ${command} --help`);
    return "";
  }

  /** Notes that two flags are given of which one makes no sense beside the other. */
  refuseBoth(one: string, other: string): void {
    if (this.text(one) === undefined || this.text(other) === undefined) return;
    this.problems.push(`with both --${one} and --${other}: keep one of them`);
  }

  #parse<T>(
    name: string,
    kind: ValueKind<T>,
    { text, otherwise }: { readonly text: string; readonly otherwise: T },
  ): T {
    const parsed = kind.parse(text);
    if (parsed.kind === "value") return parsed.value;
    this.problems.push(`as ${name} must be ${parsed.rule}: current value is "${text}"`);
    return otherwise;
  }
}

/** Reads the arguments of a command; `planOf` notes what is wrong among the values' problems. */
export function readPlan<Plan>(
  command: string,
  args: readonly string[],
  planOf: (given: GivenValues) => Plan,
): ReadPlan<Plan> {
  const read = readArguments(usageOf(command), args);
  if (read.kind === "help") return read;
  const given = new GivenValues(read);
  const plan = planOf(given);
  const { problems } = given;
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "plan", plan };
}
