import { assertEquals, assertNotEquals } from "@std/assert";
import { Patience } from "../../../../server/cli/patience.ts";
import type { Attempt, PubRequest } from "../../../../server/cli/pub/attempt.ts";
import { PubSender } from "../../../../server/cli/pub/pub_sender.ts";

const STORED: Attempt = { kind: "stored", position: { epoch: "e", offset: 1 } };
const LOST: Attempt = {
  ...{ kind: "failed", problem: "reset", askedMs: 0, isUncertain: true, isLasting: false },
};
const AWAY: Attempt = { ...LOST, problem: "nothing listens there", isUncertain: false };
const UNKNOWN: Attempt = { ...AWAY, problem: "no such host is known", isLasting: true };

const REQUEST = {
  url: new URL("http://127.0.0.1:1/"),
  ...{ headers: {}, client: undefined, format: "text" } as const,
};

/** A sender whose attempts end as scripted, in a time of their own. */
function senderOf(script: Attempt[], { waitMs = Infinity, stepMs = 0 } = {}) {
  let nowMs = 0;
  const sent: PubRequest[] = [];
  const told: string[] = [];
  const patience = new Patience({
    ...{ waitMs, signal: new AbortController().signal, now: () => nowMs },
    onAway: (problem) => told.push(problem),
    onBack: () => told.push("back"),
  });
  const sender = new PubSender({
    ...{ request: REQUEST, patience, keyPrefix: "k", now: () => nowMs },
    send: (request) => {
      sent.push(request);
      nowMs += stepMs;
      return Promise.resolve(script.shift() ?? STORED);
    },
  });
  const keys = () => sent.map(({ headers }) => headers["idempotency-key"]);
  return { sender, told, keys };
}

const BODY = new Uint8Array([1]);

Deno.test("PubSender repeats what may be stored under the same key, and the next under another", async () => {
  const { sender, told, keys } = senderOf([LOST, AWAY]);
  assertEquals((await sender.send(BODY)).kind, "stored");
  await sender.send(BODY);
  const [first, second, third, fourth] = keys();
  assertEquals([first, second, third], [first, first, first]);
  assertNotEquals(third, fourth);
  assertEquals(told, ["reset", "back"]);
});

Deno.test("PubSender gives up once --wait is over, and says whether it may be stored", async () => {
  const away = senderOf([AWAY, AWAY, AWAY, AWAY], { waitMs: 1_000, stepMs: 600 });
  assertEquals(await away.sender.send(BODY), {
    ...{ kind: "unsent", problem: "nothing listens there", isUncertain: false },
  });
  const lost = senderOf([LOST], { waitMs: 0 });
  assertEquals(await lost.sender.send(BODY), {
    ...{ kind: "unsent", problem: "reset", isUncertain: true },
  });
});

Deno.test("PubSender sends nothing again once its key may be forgotten", async () => {
  const { sender, keys } = senderOf([LOST, AWAY, AWAY, AWAY], { stepMs: 100_000 });
  const sent = await sender.send(BODY);
  assertEquals([sent.kind, keys().length], ["unsent", 3]);
  assertEquals(sent.kind === "unsent" && sent.isUncertain, true);
  const certain = senderOf([AWAY, AWAY, AWAY, AWAY], { stepMs: 100_000 });
  assertEquals((await certain.sender.send(BODY)).kind, "stored");
});

Deno.test("PubSender does not wait for a wrong address, unless it has been right", async () => {
  const wrong = senderOf([UNKNOWN]);
  assertEquals((await wrong.sender.send(BODY)).kind, "unsent");
  const right = senderOf([STORED, UNKNOWN]);
  await right.sender.send(BODY);
  assertEquals((await right.sender.send(BODY)).kind, "stored");
});
