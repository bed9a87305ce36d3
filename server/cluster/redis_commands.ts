/** A command as Redis takes it; what comes behind the name begins with the one key it is about. */
export type RedisCommand = readonly [name: string, key: string, ...rest: (string | number)[]];

/** Runs commands on whichever server holds their keys. */
export interface RedisCommands {
  /**
   * Runs commands in their order for each key, in one round trip; gives their answers.
   *
   * @throws {Error} if one of them failed, or the server did not answer within seconds
   */
  run(commands: readonly RedisCommand[]): Promise<readonly unknown[]>;
}

/** An answer that is a list of texts. @throws {TypeError} if it is not */
export function textsOf(answer: unknown): string[] {
  if (Array.isArray(answer) && answer.every((each) => typeof each === "string")) return answer;
  throw new TypeError("Cannot read an answer of Redis as it is no list of texts");
}

/** An answer that is a number. @throws {TypeError} if it is not */
export function numberOf(answer: unknown): number {
  if (typeof answer === "number") return answer;
  throw new TypeError("Cannot read an answer of Redis as it is no number");
}
