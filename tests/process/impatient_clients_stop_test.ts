/**
 * P6 when peers do not behave: clients that come back again and again while they are refused do not
 * keep the server from going.
 */
import { assert } from "@std/assert";
import { assertSoundLog, assertStopped, report } from "../helpers/expectations.ts";
import { HttpExchange, requestText } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { range, waitFor } from "../helpers/wait.ts";

const CLIENTS = 400;
const REQUEST = requestText("POST /connection/http_stream", { Connection: "close" }, {
  body: "{}",
});

/** Clients that connect, ask, and do so again as soon as they are answered or cut off. */
class ImpatientClients {
  /** Requests that were answered. */
  answered = 0;
  readonly #ended: Promise<unknown>;
  #isOver = false;

  constructor(port: number) {
    this.#ended = Promise.all(range(CLIENTS).map(() => this.#ask(port)));
  }

  /** Lets them end. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }

  async #ask(port: number): Promise<void> {
    while (!this.#isOver) {
      const opened = await HttpExchange.open(port).catch(() => undefined);
      // Nobody is there any more.
      if (opened === undefined) return;
      using exchange = opened;
      await exchange.write(REQUEST);
      if ((await exchange.response()).kind === "response") this.answered++;
    }
  }
}

forEachMode("400 clients that come back at once do not delay a stop", async (mode) => {
  await using server = await Midgard.start({ mode });
  const clients = new ImpatientClients(server.port);
  await waitFor(() => clients.answered > 2 * CLIENTS, { what: "everyone to have been answered" });
  const exit = await server.stop();
  await clients.stop();
  const stopMs = Math.round(exit.elapsedSinceSignalMs);
  report(`${mode}: stop with ${CLIENTS} impatient clients: ${stopMs} ms`);
  assertStopped(exit, { terminated: 0 });
  assertSoundLog(server);
  assert(stopMs < 1_500, `the stop took ${stopMs} ms`);
});
