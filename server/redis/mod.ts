/**
 * Connections to Redis: which servers, how they are reached, what they are asked.
 *
 * @example Ask the server that keeps a channel
 * ```ts
 * import { RedisServers } from "./mod.ts";
 *
 * const servers = await RedisServers.connect("redis://127.0.0.1:6379");
 * console.log(await servers.of("news").call("PING"));
 * servers.close();
 * ```
 *
 * @module
 */
export { hashTag } from "./hash_tag.ts";
export type { Command, Outcome, Reply, Word } from "./redis_connection.ts";
export { RedisError, RedisReplyError, RedisUnansweredError } from "./redis_error.ts";
export { RedisScript } from "./redis_script.ts";
export type { Listener, RedisCall, ScriptCall, StateListener } from "./redis_server.ts";
export { RedisServer, textOf } from "./redis_server.ts";
export type { PlacedCall } from "./redis_servers.ts";
export { RedisServers } from "./redis_servers.ts";
export * from "./redis_url.ts";
