/** What a server may say at all, whatever it is sent: everything else is a finding. */
import { assert, assertEquals } from "@std/assert";
import { REFUSALS } from "../../server/errors.ts";
import { CLIENT_DISCONNECTS, COMMAND_ERRORS, UNSUBSCRIBES } from "../../server/protocol/mod.ts";

/** How often each kind of answer was seen. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(what: string, count = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  /** The sum over all that begins so. */
  sum(prefix: string): number {
    let sum = 0;
    for (const [what, count] of this.counts) if (what.startsWith(prefix)) sum += count;
    return sum;
  }

  toString(): string {
    const sorted = [...this.counts].sort(([a], [b]) => a < b ? -1 : 1);
    return sorted.map(([what, count]) => `${what} ${count}`).join(", ");
  }
}

const RESULTS = [
  ...["connect", "subscribe", "unsubscribe", "publish", "presence", "presence_stats"],
  ...["history", "rpc", "refresh", "sub_refresh"],
];
const PUSHES = [
  ...["pub", "join", "leave", "unsubscribe", "message", "subscribe", "disconnect", "refresh"],
];

/** Checks one message of the server, as an object; gives what kind it is of. */
export function messageKind(message: unknown): string {
  assert(isObject(message), `no object: ${JSON.stringify(message)}`);
  const { id, push, error, ...results } = message;
  if (push !== undefined) return pushKind(message);
  if (error !== undefined) return `error ${errorCode(message, error)}`;
  const [method, ...others] = Object.keys(results);
  if (method === undefined) {
    assertEquals(message, {}, "a ping");
    return "ping";
  }
  assert(Number.isInteger(id) && Number(id) > 0 && others.length === 0, say(message));
  assert(RESULTS.includes(method) && isObject(results[method]), say(message));
  return `result ${method}`;
}

function errorCode(message: object, error: unknown): number {
  const { id, ...rest } = message as Record<string, unknown>;
  assert(Number.isInteger(id) && Number(id) > 0, say(message));
  assertEquals(Object.keys(rest), ["error"]);
  const documented = Object.values(COMMAND_ERRORS).find(({ code }) =>
    code === (error as { code?: unknown }).code
  );
  assertEquals(error, documented, "an error that the table does not have");
  return documented?.code ?? NaN;
}

function pushKind(message: Record<string, unknown>): string {
  assertEquals(Object.keys(message), ["push"]);
  const { channel = "", ...bodies } = message["push"] as Record<string, unknown>;
  const [kind = "", ...others] = Object.keys(bodies);
  assert(typeof channel === "string" && others.length === 0, say(message));
  assert(PUSHES.includes(kind) && isObject(bodies[kind]), say(message));
  if (kind === "disconnect") return `push ${disconnectCode(bodies[kind])}`;
  if (kind === "unsubscribe") assertInTable(UNSUBSCRIBES, bodies[kind]);
  return `push ${kind}`;
}

/** The code of a Close of the server, which must be one of the table, with its reason. */
export function disconnectCode(disconnect: unknown): number {
  return assertInTable(CLIENT_DISCONNECTS, disconnect);
}

function assertInTable(
  table: Readonly<Record<string, { readonly code: number; readonly reason: string }>>,
  actual: unknown,
): number {
  const { code, reason } = actual as { readonly code: number; readonly reason: string };
  const documented = Object.values(table).find((each) => each.code === code);
  assertEquals({ code, reason }, documented, "a close that the table does not have");
  return code;
}

/** Checks a refusal of an HTTP request; gives its code. */
export function refusalCode(status: number, body: string): string {
  const { error } = JSON.parse(body);
  const documented = Object.values(REFUSALS).find(({ code }) => code === error?.code);
  const { status: expected, ...rest } = documented ?? {};
  assertEquals([status, error], [expected, rest], "a refusal that the table does not have");
  assert(status !== 500, body);
  return `${status} ${error.code}`;
}

/** Checks an answer of the server API; gives its kinds, one for each reply of a batch. */
export function apiKinds(status: number, body: string): string[] {
  if (status !== 200) return [refusalCode(status, body)];
  const answer = JSON.parse(body);
  assert(isObject(answer) && Object.keys(answer).length === 1, body);
  if (Array.isArray(answer["replies"])) return answer["replies"].map(apiReplyKind);
  if (isObject(answer["result"])) return ["result"];
  return [apiReplyKind(answer)];
}

function apiReplyKind(reply: unknown): string {
  assert(isObject(reply) && Object.keys(reply).length === 1, say(reply));
  const { error } = reply;
  if (error === undefined) {
    assert(Object.values(reply).every(isObject), say(reply));
    return "result";
  }
  const documented = Object.values(COMMAND_ERRORS).find(({ code }) =>
    code === (error as { code?: unknown }).code
  );
  assert(documented !== undefined && documented.code !== COMMAND_ERRORS.internal.code, say(reply));
  assertEquals(error, { code: documented.code, message: documented.message });
  return `error ${documented.code}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function say(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 1_000) ?? "nothing";
}
