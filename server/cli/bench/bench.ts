import type { CommandOptions } from "../status.ts";
import { trust } from "../trust.ts";
import { carryOut } from "./load.ts";
import { readArguments } from "./options.ts";
import type { BenchPlan } from "./plan.ts";
import { Progress } from "./progress.ts";
import { isFlawless } from "./report.ts";
import { planText, summaryJson, summaryText } from "./summary.ts";

/** What `midgard bench` needs of the process around it. */
export interface BenchCommandOptions extends CommandOptions {
  /** The token of the environment, if it holds one. */
  readonly token: string | undefined;
  /** Whether standard error is a terminal, which is shown how far it is. */
  readonly isTerminal: boolean;
  /** Ends the load early. */
  readonly signal: AbortSignal;
}

const USAGE =
  `midgard bench: load a server with publishers and subscribers, and say what it measured

Usage:
  midgard bench [options]

  --url <url>              address of the server (default: http://127.0.0.1:8000)
  --ca <file>              trust the certificates of these authorities as well (PEM), for https
  --protocol <name>        centrifuge, or plain for plain WebSockets (default: centrifuge)
  --publishers <n>         connections that publish (default: 1)
  --subscribers <n>        connections that read one channel each (default: 1)
  --channels <n>           channels, named bench:0, bench:1 and so on (default: 1)
  --channel <name>         one channel of this name instead
  --size <bytes>           bytes of a payload (default: 128)
  --rate <n>               messages a second of all publishers together; without it as fast as
                           they are acknowledged
  --in-flight <n>          messages of one publisher that may be unanswered (default: at most 64,
                           with --rate 1000; fewer with many publishers or large payloads)
  --duration <duration>    how long messages are sent (default: 10s)
  --messages <n>           how many are sent instead, by all publishers together
  --token <token>          connection token; others on this machine can see it here,
                           MIDGARD_TOKEN is hidden from them
  --json                   the summary as JSON, for programs

With --rate latencies count from the moment at which a message was due, whether or not the server
was ready for it; without, from the sending. A plain socket gets no answers: there a publisher is
sent its own messages, which stand for them. What is published is kept in the channels' histories
as any publication. Ctrl-C ends a load early, with a summary of what was measured.

Examples:
  midgard bench --publishers 4 --subscribers 100
  midgard bench --rate 1000 --size 1024 --duration 1m --json
  midgard bench --protocol plain --messages 100000
  MIDGARD_TOKEN=$(midgard token --user 42) midgard bench --url https://example.com --channel chat

Exit code 0, 1 if the server could not be reached, closed or left something unanswered, or if
messages were lost, repeated or out of order, 2 for a wrong option.
`;

const USAGE_ERROR = 2;

/** `midgard bench`; gives the exit code. */
export async function bench(options: BenchCommandOptions): Promise<number> {
  const { args, token, print, printError } = options;
  const read = readArguments(args, token);
  switch (read.kind) {
    case "help":
      print(USAGE);
      return 0;
    case "refused":
      for (const problem of read.problems) printError(`Cannot load a server ${problem}\n`);
      return USAGE_ERROR;
    case "plan":
      return await load(read.plan, read.isJson, options);
  }
}

async function load(
  plan: BenchPlan,
  isJson: boolean,
  { print, printError, isTerminal, signal }: BenchCommandOptions,
): Promise<number> {
  const trusted = trust(plan.ca);
  if (trusted.kind === "refused") {
    printError(`Cannot load ${plan.url} as ${trusted.problem}\n`);
    return USAGE_ERROR;
  }
  const { client } = trusted;
  const write = isTerminal ? printError : () => {};
  if (!isJson) print(planText(plan));
  const progress = new Progress({ plan, write });
  const onProgress = progress.update.bind(progress);
  const outcome = await carryOut({ plan, client, signal, onProgress });
  progress.clear();
  if (outcome.kind === "refused") {
    printError(`Cannot load ${plan.url}: ${outcome.reason}\n`);
    return 1;
  }
  const { report } = outcome;
  print(isJson ? `${summaryJson(report)}\n` : summaryText(report));
  return isFlawless(report) ? 0 : 1;
}
