import type { ChannelOptions } from "../config/mod.ts";
import type { Access } from "../auth/mod.ts";
import type { Disconnect } from "../errors.ts";
import type { Command, Method, ReplyError, Requests, Results } from "../protocol/mod.ts";
import { CLIENT_DISCONNECTS } from "../protocol/mod.ts";
import type { Client } from "./client.ts";
import type { FoundChannel } from "./find_channel.ts";
import { findChannel } from "./find_channel.ts";

/** What becomes of a command. */
export type Outcome<M extends Method = Method> =
  | { readonly kind: "result"; readonly result: M extends keyof Results ? Results[M] : never }
  | { readonly kind: "refused"; readonly error: ReplyError }
  /** The client has to go: it may not say anything more. */
  | { readonly kind: "disconnected"; readonly disconnect: Disconnect }
  /** The answer was sent already, or comes later: what follows need not wait for it. */
  | { readonly kind: "answered" };

/** Carries a command out; what follows waits for a promise. */
export type Handler<M extends Method> = (
  client: Client,
  request: Requests[M],
  id: number,
) => Outcome<M> | Promise<Outcome<M>>;

/** A command with a method. */
export type Request = Exclude<Command, { readonly method: "pong" }>;

/** The answer was sent already, or comes later. */
export const ANSWERED = { kind: "answered" } as const;

export function refused(error: ReplyError): { kind: "refused"; error: ReplyError } {
  return { kind: "refused", error };
}

export function disconnected(
  disconnect: Disconnect,
): { kind: "disconnected"; disconnect: Disconnect } {
  return { kind: "disconnected", disconnect };
}

/** Answers a command with an error, and counts it. */
export function answerError(
  client: Client,
  { id, method }: Pick<Request, "id" | "method">,
  error: ReplyError,
): void {
  client.environment.counts.commandFailed(method, error.code);
  client.send({ kind: "error", id, error });
}

/** A channel that a command names, or why the command is refused. */
export type NamedChannel = FoundChannel | ReturnType<typeof disconnected>;

/** Finds the channel that a command is about. */
export function namedChannel(client: Client, channel = ""): NamedChannel {
  if (channel === "") return disconnected(CLIENT_DISCONNECTS.badRequest);
  return findChannel(channel, client.environment.settings().channels);
}

/** Who asks, as the rules of a channel see it. */
export function accessOf(
  client: Client,
  { channel, options }: { readonly channel: string; readonly options: ChannelOptions },
): Access {
  const { isInsecure } = client.environment.settings().client;
  const isSubscribed = client.grantIn(channel) !== undefined;
  return { channel, options, user: client.user, isSubscribed, isInsecure };
}
