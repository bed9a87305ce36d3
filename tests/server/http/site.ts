import { assert, assertEquals } from "@std/assert";
import type { HistoryLog } from "../../../server/history/mod.ts";
import { MemoryLog } from "../../../server/history/mod.ts";
import type { Routes } from "../../../server/http/mod.ts";
import { answerWith, OriginPolicy } from "../../../server/http/mod.ts";
import { Hub } from "../../../server/hub/mod.ts";
import { ConnectionLimits } from "../../../server/limits/mod.ts";
import { Logger } from "../../../server/log.ts";
import type { Payload } from "../../../server/publication.ts";
import { ClientSessions, SessionRegistry, TimerWheel } from "../../../server/session/mod.ts";
import type { DifferentSettings } from "../settings.ts";
import { environmentOf, settingsWith } from "../settings.ts";

/** What differs from a server that is ready, on loopback, with nothing in it. */
export interface SiteOptions {
  readonly log?: HistoryLog;
  readonly maxBacklogBytes?: number;
  readonly isAccepting?: () => boolean;
  readonly maxConnections?: number;
  readonly origins?: readonly string[];
  readonly files?: Routes["files"];
  readonly health?: Partial<Routes["health"]>;
  readonly settings?: DifferentSettings;
}

/** Everything that answers plain requests, without a port. */
export class Site {
  readonly log: HistoryLog;
  readonly hub: Hub;
  readonly sessions: SessionRegistry;
  readonly clients: ClientSessions;
  /** What was told to be broken. */
  readonly errors: unknown[] = [];
  readonly logger = new Logger({ format: "json", level: "info", write: () => {} });
  readonly #answer: ReturnType<typeof answerWith>;

  constructor(options: SiteOptions = {}) {
    const retention = () => ({ size: 1_000, ttlMs: 3_600_000 });
    this.log = options.log ?? new MemoryLog({ retention });
    const { maxBacklogBytes } = options;
    this.hub = new Hub({ log: this.log, ...(maxBacklogBytes && { maxBacklogBytes }) });
    const wheel = new TimerWheel();
    this.sessions = new SessionRegistry({ hub: this.hub, wheel, closeTimeoutMs: 3_000 });
    const onError = (error: unknown) => void this.errors.push(error);
    const current = settingsWith(options.settings);
    const settings = () => current;
    const environment = environmentOf({ hub: this.hub, log: this.log, wheel }, settings, onError);
    this.clients = new ClientSessions(this.sessions, environment, { closeTimeoutMs: 3_000 });
    const shared = {
      ...{ hub: this.hub, log: this.log, sessions: this.sessions, clients: this.clients },
      counts: environment.counts,
      isAccepting: options.isAccepting ?? (() => true),
      maxConnections: () => options.maxConnections ?? 10_000,
      limits: new ConnectionLimits(() => current.client, environment.clients),
      ...{ environment, settings, onError, node: environment.node },
    };
    const isLocal: Routes["api"]["isLocal"] = (_headers, { remoteAddr }) =>
      remoteAddr.hostname === "127.0.0.1";
    this.#answer = answerWith({
      channels: shared,
      streams: shared,
      api: { ...shared, isLocal, startedAt: 0, logger: this.logger },
      health: {
        startedAt: 0,
        state: () => "ready",
        details: () => ({ connections: 7 }),
        ...{ isLocal, settings, ...options.health },
      },
      metrics: { exposition: () => "", isLocal, settings },
      origins: new OriginPolicy(options.origins ?? []),
      files: options.files,
      onError,
    });
  }

  /** Sends one request, as `request("GET /readyz")`, from `from`. */
  async request(
    line: string,
    { from = "127.0.0.1", ...init }: RequestInit & { readonly from?: string } = {},
  ): Promise<Response> {
    const [method = "", path = ""] = line.split(" ");
    const headers = new Headers({ host: "midgard.test", ...init.headers });
    const request = new Request(`http://midgard.test${path}`, { method, ...init, headers });
    const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: from, port: 50_000 };
    const completed = new Promise<void>(() => {});
    const flight = { completed, abandon: () => {} };
    return await this.#answer(request, { remoteAddr, completed }, flight);
  }

  /** Stores payloads in a channel. */
  async fill(channel: string, payloads: readonly Payload[]): Promise<void> {
    for (const payload of payloads) this.hub.publish({ channel, payload });
    await this.hub.stored();
  }
}

/** The parsed body of an answer. */
export async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  const body: unknown = await response.json();
  assert(typeof body === "object" && body !== null);
  return { ...body };
}

/** Checks that an answer is a refusal of this status and code, in the shape of all refusals. */
export async function assertRefused(
  response: Response,
  status: number,
  code: string,
): Promise<void> {
  const { error, ...others } = await jsonOf(response);
  assertEquals(others, {});
  assert(typeof error === "object" && error !== null);
  const { code: told, message, ...rest } = { ...error } as Record<string, unknown>;
  assertEquals([response.status, told, rest], [status, code, {}]);
  assert(typeof message === "string" && message.length > 10);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("cache-control"), "no-store");
}
