/** A Redis that cannot be used; its message says why and holds no password. */
export class RedisError extends Error {
  override readonly name = "RedisError";
}

/** A command that Redis did not answer, so that nobody knows whether it was carried out. */
export class RedisUnansweredError extends RedisError {}

/** What Redis answered instead of doing what it was told, such as `OOM …`. */
export class RedisReplyError extends RedisError {}
