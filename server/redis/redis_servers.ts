import { loadIoredis } from "./load_ioredis.ts";
import { RedisError } from "./redis_error.ts";
import type { Outcome } from "./redis_connection.ts";
import type { RedisCall } from "./redis_server.ts";
import { RedisServer } from "./redis_server.ts";
import type { RedisAddress } from "./redis_url.ts";
import { parseRedisUrls } from "./redis_url.ts";

/** What is to be done on the server where a name has its place. */
export interface PlacedCall {
  readonly place: string;
  readonly call: RedisCall;
}

/** Several Redis servers among which channels are divided by their names; often it is one. */
export class RedisServers {
  readonly all: readonly RedisServer[];

  private constructor(all: readonly RedisServer[]) {
    this.all = all;
  }

  /**
   * Connects to every server that `urls` names.
   *
   * @throws {RedisError} if one cannot be used: it says which, and why.
   * @throws {RangeError} if `urls` are none.
   */
  static async connect(urls: string): Promise<RedisServers> {
    const parsed = parseRedisUrls(urls);
    if (parsed.kind === "refused") {
      throw new RangeError(`Cannot connect to Redis as its URL must be ${parsed.rule}`);
    }
    const ioredis = await loadIoredis();
    const all = parsed.addresses.map((address) =>
      new RedisServer({ ioredis, address, ca: authorityOf(address) })
    );
    const servers = new RedisServers(all);
    try {
      await Promise.all(all.map((server) => server.connect()));
      return servers;
    } catch (error) {
      servers.close();
      throw error;
    }
  }

  /** Whether every one is up. */
  get isUp(): boolean {
    return this.all.every(({ isUp }) => isUp);
  }

  /** Why one is not; undefined if all are. */
  get problem(): string | undefined {
    const lost = this.all.find(({ isUp }) => !isUp);
    return lost && `${lost.name}: ${lost.problem}`;
  }

  /** The server on which a name has its place: the same on every node that is given the same URLs. */
  of(name: string): RedisServer {
    const { all } = this;
    const server = all.length === 1 ? all[0] : all[placeOf(name, all.length)];
    if (server === undefined) throw new TypeError("Cannot find a server as there is none");
    return server;
  }

  /**
   * Runs calls, those of one server in one go and in order; gives their outcomes, in the order of the
   * calls. Never rejects: a server that is not there has refused whatever it was to do.
   */
  async run(calls: readonly PlacedCall[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = new Array(calls.length);
    const byServer = Map.groupBy(calls.entries(), ([, { place }]) => this.of(place));
    await Promise.all([...byServer].map(async ([server, theirs]) => {
      const done = await outcomesOf(server, theirs.map(([, { call }]) => call));
      for (const [nth, [index]] of theirs.entries()) {
        outcomes[index] = done[nth] ?? { kind: "error", error: new RedisError(NO_ANSWER) };
      }
    }));
    return outcomes;
  }

  close(): void {
    for (const server of this.all) server.close();
  }
}

const NO_ANSWER = "Redis gave no answer";

async function outcomesOf(
  server: RedisServer,
  calls: readonly RedisCall[],
): Promise<readonly Outcome[]> {
  try {
    return await server.run(calls);
  } catch (cause) {
    const error = cause instanceof Error ? cause : new RedisError(NO_ANSWER, { cause });
    return calls.map(() => ({ kind: "error", error }));
  }
}

/** FNV-1a, 32 bits. */
function placeOf(name: string, places: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  }
  return hash % places;
}

function authorityOf({ ca }: RedisAddress): string | undefined {
  if (ca === undefined) return undefined;
  try {
    return Deno.readTextFileSync(ca);
  } catch (cause) {
    throw new RedisError(`Cannot use Redis as its authority's file cannot be read: ${ca}`, {
      cause,
    });
  }
}
