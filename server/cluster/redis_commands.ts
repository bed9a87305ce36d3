import type { Reply } from "../redis/mod.ts";
import { textOf } from "../redis/mod.ts";

/** A command as Redis takes it; what comes behind the name begins with the one key it is about. */
export type RedisCommand = readonly [name: string, key: string, ...rest: (string | number)[]];

/** A command, and the name that is the hash tag of its key: it has its place where that has it. */
export interface PlacedCommand {
  readonly place: string;
  readonly command: RedisCommand;
}

/** Runs commands on whichever server holds their keys. */
export interface RedisCommands {
  /**
   * Runs commands in their order for each key, in one round trip; gives their answers.
   *
   * @throws {RedisError} if one of them failed, or a server did not answer within seconds
   */
  run(commands: readonly PlacedCommand[]): Promise<readonly Reply[]>;
}

/** An answer that is a list of texts. @throws {TypeError} if it is not */
export function textsOf(answer: Reply | undefined): string[] {
  if (Array.isArray(answer)) return answer.map(textOf);
  throw new TypeError("Cannot read an answer of Redis as it is no list");
}

/** An answer that is a number. @throws {TypeError} if it is not */
export function numberOf(answer: Reply | undefined): number {
  if (typeof answer === "number") return answer;
  throw new TypeError("Cannot read an answer of Redis as it is no number");
}
