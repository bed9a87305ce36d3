import type { Position } from "../../publication.ts";
import type { Failure } from "./client_stream.ts";
import { ClientStream, final, passing } from "./client_stream.ts";
import type { ChannelAccess } from "./start_position.ts";
import type { Ended, ServerLine, SubMessage } from "./sub_message.ts";
import { readServerLine } from "./sub_message.ts";

/** What a life of a subscription tells its owner. */
export interface SubLifeEvents {
  /** It has begun, where it was asked to if there are positions at all. */
  onSubscribed(begun: { readonly hasPosition: boolean }): void;
  /** It cannot begin where it was asked to: the connection ends. */
  onLost(): void;
  /** Messages in their order. Nothing more is read until it resolves; with false it is over. */
  onMessages(messages: readonly SubMessage[], epoch: string | undefined): Promise<boolean>;
}

type Subscribed = ServerLine & { readonly kind: "subscribed" };

/**
 * A subscription for as long as one connection lasts. Knows where it stands, so that each message is
 * handed on once and a gap is no message's loss, but the connection's end.
 */
export class SubLife {
  /** Where it stands: what comes next lies behind it. Undefined where there are no positions. */
  position: Position | undefined;
  readonly #access: ChannelAccess;
  readonly #events: SubLifeEvents;
  #stream: ClientStream | undefined;
  #session = { session: "", node: "" };

  constructor(access: ChannelAccess, events: SubLifeEvents, position: Position | undefined) {
    this.#access = access;
    this.#events = events;
    this.position = position;
  }

  /** Runs to the end of the connection; gives why, or undefined if its owner has had enough. */
  async run(): Promise<Failure | undefined> {
    const opened = await ClientStream.open(this.#access, this.#commands());
    if (!(opened instanceof ClientStream)) return opened;
    this.#stream = opened;
    try {
      return await this.#read(opened);
    } finally {
      opened.close();
    }
  }

  #commands(): object[] {
    const { channel, token } = this.#access;
    const isOfSubscription = token !== undefined && isSubscriptionToken(token);
    const connect = {
      ...(token !== undefined && !isOfSubscription && { token }),
      name: "midgard sub",
    };
    const subscribe = {
      ...{ channel, recoverable: true, positioned: true },
      ...(isOfSubscription && { token }),
      ...(this.position !== undefined && { recover: true, ...this.position }),
    };
    return [{ id: 1, connect }, { id: 2, subscribe }];
  }

  async #read(stream: ClientStream): Promise<Failure | undefined> {
    while (true) {
      const lines = await stream.lines();
      if (lines === undefined) return passing("the connection was lost");
      // All that came at once is handed on at once.
      const messages: SubMessage[] = [];
      for (const line of lines) {
        const read = readServerLine(line);
        const failure = this.#take(read, messages);
        if (failure === undefined) continue;
        return await this.#hand(messages) ? failure : undefined;
      }
      if (!await this.#hand(messages)) return undefined;
    }
  }

  async #hand(messages: readonly SubMessage[]): Promise<boolean> {
    return messages.length === 0 ||
      await this.#events.onMessages(messages, this.position?.epoch);
  }

  /** Takes one line; adds the messages in it to `messages`. */
  #take(line: ServerLine, messages: SubMessage[]): Failure | undefined {
    switch (line.kind) {
      case "ping":
        this.#stream?.pong(this.#session);
        return undefined;
      case "connected":
        this.#session = line;
        if (this.#stream !== undefined) this.#stream.pingMs = line.pingMs;
        return undefined;
      case "subscribed":
        return this.#subscribed(line, messages);
      case "message":
        return this.#add(line.message, messages);
      case "error":
        return line.isTemporary ? passing(line.message) : final(line.message);
      case "unsubscribed":
        return endOf(line.ended, line.ended.code >= 2_500);
      case "disconnected":
        return endOf(line.ended, mayComeBack(line.ended.code));
      case "other":
        return undefined;
    }
  }

  #subscribed(line: Subscribed, messages: SubMessage[]): Failure | undefined {
    const hasPosition = line.position !== undefined;
    if (this.position !== undefined && hasPosition && !line.isRecovered) {
      this.#events.onLost();
      return passing("the place is lost");
    }
    this.position = line.position;
    this.#events.onSubscribed({ hasPosition });
    for (const message of line.messages) {
      const failure = this.#add(message, messages);
      if (failure !== undefined) return failure;
    }
  }

  #add(message: SubMessage, messages: SubMessage[]): Failure | undefined {
    const { position } = this;
    if (position !== undefined && message.offset > 0) {
      if (message.offset <= position.offset) return undefined;
      const isNext = message.offset === position.offset + 1;
      if (!isNext) {
        return passing(`messages before ${position.epoch}:${message.offset} are missing`);
      }
      this.position = { epoch: position.epoch, offset: message.offset };
    }
    messages.push(message);
  }
}

/** Clients come back after 3000 to 3499 and 4000 to 4499 (the Centrifuge protocol). */
function mayComeBack(code: number): boolean {
  return code < 3_500 || (code >= 4_000 && code < 4_500) || code >= 5_000;
}

function endOf({ code, reason }: Ended, isPassing: boolean): Failure {
  return isPassing ? passing(`${code} ${reason}`) : final(`${code} ${reason}`);
}

/** Whether a token names a channel (its claims are no secret: RFC 7519 3). */
function isSubscriptionToken(token: string): boolean {
  try {
    const [, claims = ""] = token.split(".");
    const json: unknown = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof json === "object" && json !== null && "channel" in json;
  } catch {
    return false;
  }
}
