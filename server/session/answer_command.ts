import type { Reply } from "../protocol/mod.ts";
import { CLIENT_DISCONNECTS, COMMAND_ERRORS } from "../protocol/mod.ts";
import type { Client } from "./client.ts";
import type { Outcome, Request } from "./command_outcome.ts";
import { answerError } from "./command_outcome.ts";
import type { Excess, QueuedCommand } from "./command_queue.ts";
import { carryOut } from "./commands.ts";

/**
 * Carries out what a client says and tells it what became of it: the one place where a command that
 * breaks is caught. What follows waits for a promise; it never rejects.
 *
 * @param forget Forgets what the client said behind this.
 */
export function answerCommand(
  client: Client,
  command: QueuedCommand,
  forget: () => void,
): void | Promise<void> {
  if (client.state === "refused") return client.link.disconnect(CLIENT_DISCONNECTS.badRequest);
  if (command === "malformed") return client.violate();
  if (command === "too large") return client.expel(CLIENT_DISCONNECTS.tooLarge);
  if (command === "too many") return client.expel(CLIENT_DISCONNECTS.tooManyRequests);
  if ("excess" in command) return tellTooMany(client, command);
  if (command.method === "pong" || (command.id === 0 && command.method !== "send")) {
    return client.pong();
  }
  client.environment.counts.commands.called(command.method);
  try {
    const outcome = carryOut(client, command);
    if (!(outcome instanceof Promise)) return tell(client, { command, outcome, forget });
    return outcome.then((late) => tell(client, { command, outcome: late, forget }))
      .catch((error: unknown) => tellBroken(client, command, error));
  } catch (error) {
    tellBroken(client, command, error);
  }
}

function tell(
  client: Client,
  { command, outcome, forget }: {
    readonly command: Request;
    readonly outcome: Outcome;
    readonly forget: () => void;
  },
): void {
  const { id, method } = command;
  switch (outcome.kind) {
    case "answered":
      return;
    case "disconnected":
      return client.expel(outcome.disconnect);
    case "refused":
      // What a client sends behind a connect command it sends in hope.
      if (method === "connect") forget();
      return answerError(client, command, outcome.error);
    case "result":
      // An outcome is that of its command's own handler.
      return client.send({ kind: "result", id, method, result: outcome.result } as Reply);
  }
}

/** Who owes this much has not understood. */
const MAX_EARLY_MS = 10_000;

/** The command is not carried out; a client that goes on regardless has to go. */
function tellTooMany(client: Client, { excess, earlyMs }: Excess): void {
  if (excess.method === "pong") return client.pong();
  if (earlyMs > MAX_EARLY_MS) return client.expel(CLIENT_DISCONNECTS.tooManyRequests);
  client.environment.counts.commands.called(excess.method);
  answerError(client, excess, COMMAND_ERRORS.tooManyRequests);
}

/** A bug, or history that cannot be read: the client is told that something broke. */
function tellBroken(client: Client, command: Request, error: unknown): void {
  client.environment.onError(error);
  if (client.state === "connecting") client.refuse();
  answerError(client, command, COMMAND_ERRORS.internal);
}
