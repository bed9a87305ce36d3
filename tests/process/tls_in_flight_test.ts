/** Requests under way at the signal, over TLS: by both versions of HTTP none goes unanswered. */
import { assert, assertEquals } from "@std/assert";
import { connect } from "node:http2";
import type { ClientHttp2Session } from "node:http2";
import { Authority } from "../helpers/authority.ts";
import { assertStopped } from "../helpers/expectations.ts";
import { HttpExchange, requestText } from "../helpers/http.ts";
import { forEachMode, Midgard, type RunningMidgard } from "../helpers/midgard.ts";
import { readLog } from "../helpers/publishers.ts";
import { range, sleep, waitFor, within } from "../helpers/wait.ts";

const STREAMS = 50;
const FIRST_HALF = "one half, ";
const SECOND_HALF = "the other half";

/** A POST over HTTP/2 whose body is sent in pieces. */
function post(session: ClientHttp2Session, path: string) {
  const stream = session.request({ ":method": "POST", ":path": path });
  const answered = Promise.withResolvers<{ status: number; body: string }>();
  let [status, body] = [0, ""];
  stream.setEncoding("utf8");
  stream.on("response", (headers) => status = Number(headers[":status"]));
  stream.on("data", (text: string) => body += text);
  stream.on("end", () => answered.resolve({ status, body }));
  stream.on("error", answered.reject);
  // Says nothing where there was an end before.
  stream.on("close", () => answered.reject(new Error("the stream was closed unanswered")));
  return { stream, answered: answered.promise };
}

/** One connection for everything, as browsers have it. */
async function openSession(port: number, ca: string): Promise<ClientHttp2Session> {
  const session = connect(`https://localhost:${port}`, { ca });
  const ready = Promise.withResolvers<void>();
  session.once("connect", () => ready.resolve());
  session.once("error", ready.reject);
  await within(ready.promise, { what: "a connection over HTTP/2" });
  session.on("error", () => {});
  return session;
}

/** Resolves when the server has taken in all that was written before. */
async function settled(session: ClientHttp2Session): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  session.ping((error) => error === null ? resolve() : reject(error));
  await within(promise, { what: "an answer to a PING" });
}

const CASES = [
  { args: ["--drain-delay", "600ms"], event: "draining", status: 200 },
  // Requests in flight are all that keeps the server: nobody else is there.
  { args: [], event: "closing", status: 503 },
];

forEachMode("over HTTP/2 half-sent POSTs on one connection end with 200 or 503", async (mode) => {
  await using authority = await Authority.create();
  const issued = await authority.issue();
  for (const { args, event, status } of CASES) {
    await using server = await Midgard.start({ mode, args: [...issued.args, ...args] });
    const session = await openSession(server.port, authority.caText);
    const posts = range(STREAMS).map((index) => post(session, `/channels/half-${index}`));
    for (const { stream } of posts) stream.write(FIRST_HALF);
    await settled(session);
    server.signal("SIGINT");
    await server.log.next(event);
    // Longer than any moment that a stop would take without them.
    await sleep(200);
    for (const { stream } of posts) stream.end(SECOND_HALF);
    const answers = await within(Promise.all(posts.map(({ answered }) => answered)), {
      what: "every answer",
    });
    assertEquals(answers.map((answer) => answer.status), range(STREAMS).map(() => status));
    // The answers are whole.
    for (const { body } of answers) JSON.parse(body);
    assertStopped(await server.exit(), { clients: 0 });
    session.destroy();
  }
});

/** Sends a POST and gives the status of its answer; undefined if there was none. */
type Send = () => Promise<number | undefined>;

function sendOver2(session: ClientHttp2Session): Send {
  return async () => {
    try {
      const { stream, answered } = post(session, "/channels/posts");
      stream.end(FIRST_HALF);
      return (await answered).status;
    } catch {
      return undefined;
    }
  };
}

function sendOver1(exchange: HttpExchange): Send {
  const text = requestText("POST /channels/posts", {}, { body: FIRST_HALF });
  return async () => {
    await exchange.write(text);
    const outcome = await exchange.response();
    return outcome.kind === "response" ? outcome.response.status : undefined;
  };
}

/** Posts over every lane until it is turned away, with a stop in the middle. */
async function playStop(server: RunningMidgard, lanes: readonly Send[]) {
  let [acknowledged, unanswered] = [0, 0];
  let isStopping = false;
  const post = async (send: Send) => {
    while (true) {
      const isEarly = !isStopping;
      const status = await send();
      if (status === 200) acknowledged++;
      else {
        if (isEarly && status !== 503) unanswered++;
        return;
      }
    }
  };
  const posting = Promise.all(lanes.map(post));
  await waitFor(() => acknowledged > 1_000, { what: "1000 answers" });
  isStopping = true;
  const exit = await server.stop();
  await within(posting, { what: "everybody to be turned away" });
  assertStopped(exit, { clients: 0, received: 0 });
  return { acknowledged, unanswered };
}

const LANES = 20;

for (const version of ["HTTP/1.1", "HTTP/2"] as const) {
  forEachMode(
    `over TLS and ${version} each POST written before the signal is answered, and kept`,
    async (mode) => {
      await using authority = await Authority.create();
      const { args } = await authority.issue();
      const tls = { caText: authority.caText };
      const start = (more: readonly string[]) =>
        Midgard.start({
          ...{ mode, cwd: authority.folder, args: [...more, "--history-size", "100000"] },
        });
      await using server = await start(args);
      using connections = new DisposableStack();
      const lanes: Send[] = [];
      if (version === "HTTP/1.1") {
        for (const _lane of range(LANES)) {
          lanes.push(sendOver1(connections.use(await HttpExchange.open(server.port, tls))));
        }
      } else {
        const session = await openSession(server.port, authority.caText);
        connections.defer(() => session.destroy());
        lanes.push(...range(LANES).map(() => sendOver2(session)));
      }
      const { acknowledged, unanswered } = await playStop(server, lanes);
      assertEquals(unanswered, 0);
      await using again = await start([]);
      const { top } = await readLog(again.port, "posts");
      assert(top >= acknowledged && top <= acknowledged + LANES, `${top}, ${acknowledged}`);
      assertEquals((await again.stop()).code, 0);
    },
  );
}
