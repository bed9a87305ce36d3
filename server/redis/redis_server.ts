import type { Ioredis } from "./load_ioredis.ts";
import type { Command, Outcome, Reply, Word } from "./redis_connection.ts";
import { RedisConnection } from "./redis_connection.ts";
import { RedisError, RedisReplyError } from "./redis_error.ts";
import type { RedisScript } from "./redis_script.ts";
import type { RedisAddress } from "./redis_url.ts";
import { nameOf } from "./redis_url.ts";

/** Options of {@linkcode RedisServer}. */
export interface RedisServerOptions {
  readonly ioredis: Ioredis;
  readonly address: RedisAddress;
  readonly ca: string | undefined;
}

/** Takes what is published in a channel of publish and subscribe; must not throw. */
export type Listener = (message: Uint8Array<ArrayBuffer>) => void;

/** Told when a server is lost, with the reason, and with undefined when it is there again. */
export type StateListener = (problem: string | undefined) => void;

/** A script to run: its keys, then its other arguments. */
export interface ScriptCall {
  readonly script: RedisScript;
  readonly keys: readonly Word[];
  readonly args: readonly Word[];
}

/** What a server can be asked to do. */
export type RedisCall = Command | ScriptCall;

/** The oldest that has all that is used. */
const MIN_VERSION = [6, 2] as const;

/** Policies of `maxmemory` that would throw away what nobody said may go. */
const LOSING_POLICY = /^allkeys-/;

/** One Redis: a connection for commands, and one on which it is listened. Up while both are. */
export class RedisServer {
  readonly name: string;
  /** What each key begins with, before a colon. */
  readonly prefix: string;
  /** What each channel of publish and subscribe begins with: those know no databases. */
  readonly channelPrefix: string;
  readonly #db: number;
  readonly #commands: RedisConnection;
  readonly #subscriptions: RedisConnection;
  readonly #listeners = new Map<string, Listener>();
  readonly #watchers: StateListener[] = [];
  readonly #waiting = new Set<(isUp: boolean) => void>();
  #isUp = false;

  constructor({ ioredis, address, ca }: RedisServerOptions) {
    this.name = nameOf(address);
    this.prefix = address.prefix;
    this.#db = address.db;
    this.channelPrefix = `${address.prefix}:${address.db}:`;
    const onState = () => this.#tellState();
    this.#commands = new RedisConnection({ ioredis, address, ca, onState });
    this.#subscriptions = new RedisConnection({ ioredis, address, ca, onState });
    this.#subscriptions.onMessage((channel, message) => this.#listeners.get(channel)?.(message));
  }

  /** Whether commands are taken and messages heard. */
  get isUp(): boolean {
    return this.#commands.isUp && this.#subscriptions.isUp;
  }

  /** Why it is not. */
  get problem(): string {
    return this.#commands.isUp ? this.#subscriptions.problem : this.#commands.problem;
  }

  /** @throws {RedisError} if it cannot be reached, refuses us, or is not fit for this. */
  async connect(): Promise<void> {
    try {
      await Promise.all([this.#commands.connect(), this.#subscriptions.connect()]);
      // The package takes a database that there is not for the first one.
      if (this.#db > 0) await this.call("SELECT", String(this.#db));
      const problem = problemOf(textOf(await this.call("INFO")));
      if (problem !== undefined) throw new RedisError(`Cannot use ${this.name} as ${problem}`);
    } catch (cause) {
      this.close();
      if (!(cause instanceof RedisReplyError)) throw cause;
      throw new RedisError(`Cannot use ${this.name} as it says ${cause.message}`, { cause });
    }
  }

  /** Also told after a loss that was made good: what was heard before is not heard any more. */
  onState(watcher: StateListener): void {
    this.#watchers.push(watcher);
  }

  /** Resolves once it is up, true, or false when that takes longer. */
  whenUp(timeoutMs: number): Promise<boolean> {
    if (this.isUp) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (isUp: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(isUp);
      };
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#waiting.add(settle);
    });
  }

  /** @throws {RedisError} what Redis refuses; see {@linkcode RedisConnection.call} for the rest. */
  async call(name: string, ...words: Word[]): Promise<Reply> {
    return await this.#commands.call([name, ...words]);
  }

  /**
   * Runs commands and scripts in one go and in order; gives their outcomes. A script that Redis has
   * forgotten, or never knew, is sent to it.
   *
   * @throws as {@linkcode call}.
   */
  async run(calls: readonly RedisCall[]): Promise<readonly Outcome[]> {
    // Known to be away: nothing is sent that might be carried out unheard.
    if (!this.isUp) throw new RedisError(`Cannot reach ${this.name} as ${this.problem}`);
    const outcomes = [...await this.#commands.callAll(calls.map(commandOf))];
    const unknown = calls.flatMap((_, index) => isUnknown(outcomes[index]) ? [index] : []);
    if (unknown.length === 0) return outcomes;
    const scripts = new Set(calls.flatMap((call) => isScript(call) ? call.script.source : []));
    await this.#commands.callAll([...scripts].map((source) => ["SCRIPT", "LOAD", source]));
    const again = calls.filter((_, index) => isUnknown(outcomes[index]));
    const later = await this.#commands.callAll(again.map(commandOf));
    for (const [nth, index] of unknown.entries()) {
      const outcome = later[nth];
      if (outcome !== undefined) outcomes[index] = outcome;
    }
    return outcomes;
  }

  /**
   * Listens to channels of publish and subscribe; resolves once Redis has confirmed it. When the
   * connection breaks, they are forgotten: who watches the state subscribes anew.
   *
   * @throws as {@linkcode call}.
   */
  async subscribe(channels: readonly string[], listener: Listener): Promise<void> {
    for (const channel of channels) this.#listeners.set(channel, listener);
    await this.#subscriptions.subscribe(channels);
  }

  /** Never rejects: on a connection that breaks nothing is listened to any more. */
  async unsubscribe(channels: readonly string[]): Promise<void> {
    for (const channel of channels) this.#listeners.delete(channel);
    if (this.#subscriptions.isUp) await this.#subscriptions.unsubscribe(channels).catch(() => {});
  }

  /** Safe to call twice. */
  close(): void {
    for (const settle of [...this.#waiting]) settle(false);
    this.#commands.close();
    this.#subscriptions.close();
  }

  #tellState(): void {
    const { isUp } = this;
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    if (!isUp) this.#listeners.clear();
    if (isUp) { for (const settle of [...this.#waiting]) settle(true); }
    for (const watcher of this.#watchers) watcher(isUp ? undefined : this.problem);
  }
}

function isScript(call: RedisCall): call is ScriptCall {
  return "script" in call;
}

function commandOf(call: RedisCall): Command {
  if (!isScript(call)) return call;
  const { script, keys, args } = call;
  return ["EVALSHA", script.sha1, String(keys.length), ...keys, ...args];
}

function isUnknown(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "error" && outcome.error.message.startsWith("NOSCRIPT");
}

/** What speaks against a server, by its `INFO`. */
function problemOf(info: string): string | undefined {
  const fields = new Map(
    info.split("\r\n").map((line) => {
      const [name = "", value = ""] = line.split(/:(.*)/s);
      return [name, value] as const;
    }),
  );
  const version = fields.get("redis_version") ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]);
  if (isOld) return `its version must be ${MIN_VERSION.join(".")} or newer: it is ${version}`;
  if (fields.get("role") === "slave") return "it is a replica, which takes no publications";
  const policy = fields.get("maxmemory_policy") ?? "noeviction";
  if (!LOSING_POLICY.test(policy)) return undefined;
  return `its maxmemory-policy must be noeviction or volatile-…: it is ${policy}`;
}

/** A reply that is bytes, as text. */
export function textOf(reply: Reply | undefined): string {
  return reply instanceof Uint8Array ? new TextDecoder().decode(reply) : String(reply ?? "");
}
