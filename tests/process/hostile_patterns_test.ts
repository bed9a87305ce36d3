/**
 * Text made to take a backtracking regular expression or a careless parser more than linear time,
 * in every place of a request that is parsed. One slow answer would hold up everybody.
 */
import { assert, assertEquals } from "@std/assert";
import { report } from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";

/** Long enough for quadratic time to show: 2.5 s for one header of spaces. */
const LENGTH = 60_000;
/** What a linear parser needs is some ms; what backtracks needs seconds, or for ever. */
const LONGEST_MS = 1_000;

const UNITS = [
  " ",
  "\t",
  ",",
  ";",
  "=",
  '"',
  "a",
  "a,",
  "a;",
  "a=",
  "q=0.",
  "*/",
  "1-",
  ", ",
  '""',
];
const ENDS = ["", "!", "\\", '"'];

const HEADERS = [
  ...["Accept", "Accept-Encoding", "Authorization", "Content-Type", "If-None-Match", "Range"],
  ...["Last-Event-ID", "Idempotency-Key", "Origin", "Forwarded", "X-Forwarded-For", "Cookie"],
  ...[
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "X-API-Key",
    "Access-Control-Request-Headers",
  ],
];
const PARAMETERS = ["since", "epoch", "limit", "history", "token", "api_key", "cf_connect"];

function* asked(port: number): Generator<() => Promise<unknown>> {
  for (const unit of UNITS) {
    for (const end of ENDS) {
      const text = unit.repeat(LENGTH / unit.length);
      // Spaces around a header's value are no part of it, hence the x in front.
      const headers = (name: string) => ({ [name]: `x${text}${end}x` });
      for (const name of HEADERS) {
        for (const method of ["GET", "OPTIONS"]) {
          yield () => request(port, `${method} /channels/a`, { headers: headers(name) });
        }
      }
      const encoded = encodeURIComponent(text + end).slice(0, LENGTH);
      for (const name of PARAMETERS) {
        yield () => request(port, `GET /channels/a?${name}=${encoded}`);
      }
      yield () => request(port, `GET /channels/${encoded}`);
      yield () => request(port, `GET /${encoded}`);
      const body = `{"channel":${JSON.stringify(text + end)},"pattern":${JSON.stringify(text)}}`;
      for (const method of ["publish", "channels"]) {
        yield () => request(port, `POST /api/${method}`, { body });
      }
    }
  }
}

forEachMode("no text of a request takes the server long to read", async (mode) => {
  await using server = await Midgard.start({ mode });
  let worstMs = 0;
  let count = 0;
  for (const ask of asked(server.port)) {
    const startedAt = performance.now();
    // A refusal is an answer as well.
    await ask();
    worstMs = Math.max(worstMs, performance.now() - startedAt);
    count++;
  }
  report(`${mode}: ${count} requests, the slowest answer took ${Math.round(worstMs)} ms`);
  assert(worstMs < LONGEST_MS, `an answer took ${worstMs} ms`);
  assertEquals(server.log.of("internal_error"), []);
  assertEquals((await server.stop()).code, 0);
});
