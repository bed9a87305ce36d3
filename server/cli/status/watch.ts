import { delay } from "@std/async";
import type { Asked, Health } from "./ask.ts";
import { table } from "./table.ts";

/** Options of {@linkcode watch}. */
export interface WatchOptions {
  /** Asks the server once. */
  readonly ask: () => Promise<Asked>;
  readonly url: string;
  /** Whether each answer is one line of JSON. */
  readonly isJson: boolean;
  /** Whether standard output is a terminal, on which each answer takes the place of the one before. */
  readonly isTerminal: boolean;
  readonly print: (text: string) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

const EVERY_MS = 1_000;

type Answer = Asked & { readonly kind: "answered" };

/** Asks every second until told to stop, whatever becomes of the server meanwhile. */
export async function watch({ ask, signal, ...options }: WatchOptions): Promise<void> {
  let before: Answer | undefined;
  while (!signal.aborted) {
    const askedAt = performance.now();
    const asked = await ask();
    if (signal.aborted) return;
    options.print(shown(asked, before, options));
    before = asked.kind === "answered" ? asked : undefined;
    await rest(EVERY_MS - (performance.now() - askedAt), signal);
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(Math.max(0, ms), { signal });
  } catch {
    // Told to stop: the loop looks by itself.
  }
}

function shown(
  asked: Asked,
  before: Answer | undefined,
  { isJson, isTerminal, url }: Pick<WatchOptions, "isJson" | "isTerminal" | "url">,
): string {
  if (isJson) {
    const line = asked.kind === "answered" ? asked.health : { error: asked.problem };
    return `${JSON.stringify(line)}\n`;
  }
  if (!isTerminal) return `${clock()}  ${line(asked, before)}\n`;
  const text = asked.kind === "answered"
    ? table({ ...asked.health, rate: rates(asked, before) })
    : `${asked.problem}\n`;
  return `${CLEAR}${url}  ${clock()}\n\n${text}\nCtrl-C to end\n`;
}

/** To the first column of the first line, and everything behind it wiped. */
const CLEAR = "\x1b[H\x1b[J";

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}

function line(asked: Asked, before: Answer | undefined): string {
  if (asked.kind === "failed") return asked.problem;
  const { health } = asked;
  const told = ["connections", "channels_in_use"].filter((name) => name in health)
    .map((name) => `${health[name]} ${name.replaceAll("_", " ")}`);
  const speeds = Object.entries(rates(asked, before)).map(([name, rate]) => `${name} ${rate}`);
  return [health.status, ...told, ...speeds].join(", ");
}

/** What grew since the last answer, by second; nothing where another process has answered. */
function rates(now: Answer, before: Answer | undefined): Readonly<Record<string, string>> {
  const isSame = before !== undefined && before.health["pid"] === now.health["pid"];
  if (!isSame) return {};
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1_000);
  const rate = (name: string) => {
    const grown = numberOf(now.health, name) - numberOf(before.health, name);
    return `${Math.round(grown / seconds).toLocaleString("en-US")}/s`;
  };
  const names = ["publications", "deliveries"].filter((name) => name in now.health);
  return Object.fromEntries(names.map((name) => [name, rate(name)]));
}

function numberOf(health: Health, name: string): number {
  return Number(health[name] ?? 0);
}
