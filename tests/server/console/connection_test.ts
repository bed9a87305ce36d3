import { assert, assertEquals } from "@std/assert";
import {
  browserSnippet,
  canRetry,
  channelFromHash,
  channelProblem,
  closeMeaning,
  curlCommand,
  encodeChannel,
  hashOfChannel,
  retryDelayMs,
  socketUrl,
} from "../../../server/console/connection.js";
import { DISCONNECTS } from "../../../server/errors.ts";
import { isChannelName } from "../../../server/publication.ts";

const HTTP = { protocol: "http:", host: "127.0.0.1:8000" };
const HTTPS = { protocol: "https:", host: "example.com" };

const NAMES = [
  "a",
  "chat:42",
  ".",
  "..",
  "...",
  "",
  " ",
  "a b",
  "ž",
  "x".repeat(255),
  "x".repeat(256),
];

for (const name of [...NAMES, "%", "a/b", "'", "\n", "\x7f"]) {
  Deno.test(`channelProblem thinks of ${JSON.stringify(name.slice(0, 9))} what the server does`, () => {
    const problem = channelProblem(name);
    assertEquals(problem === "", isChannelName(name));
    assert(problem === "" || problem.endsWith("."), problem);
  });
}

const EVERY_NAME = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index));

Deno.test("encodeChannel is undone by decoding, for every character of a name", () => {
  for (const name of [...EVERY_NAME, EVERY_NAME.join(""), "chat:42", "a/b?c#d%e"]) {
    assertEquals(decodeURIComponent(encodeChannel(name)), name);
  }
});

Deno.test("encodeChannel keeps a name one segment of a path", () => {
  for (const name of EVERY_NAME) {
    const { pathname } = new URL(`http://host/channels/x${encodeChannel(name)}`);
    assertEquals(decodeURIComponent(pathname), `/channels/x${name}`);
  }
});

Deno.test("encodeChannel leaves nothing that a shell or a script takes for its own", () => {
  const encoded = encodeChannel(EVERY_NAME.join(""));
  assertEquals(/^[A-Za-z0-9%:._-]*$/.test(encoded), true, encoded);
});

Deno.test("encodeChannel leaves the colon of a namespace readable", () => {
  assertEquals(encodeChannel("chat:42"), "chat:42");
});

const HASHES: readonly (readonly [hash: string, channel: string | null])[] = [
  ["#channel=lobby", "lobby"],
  ["channel=lobby", "lobby"],
  ["#channel=chat%3A42", "chat:42"],
  ["#x=1&channel=a%26b&y=2", "a&b"],
  ["#channel=", ""],
  ["#channel=%", null],
  ["#other=lobby", null],
  ["#", null],
  ["", null],
];

for (const [hash, channel] of HASHES) {
  Deno.test(`channelFromHash of "${hash}" is ${channel}`, () => {
    assertEquals(channelFromHash(hash), channel);
  });
}

Deno.test("channelFromHash reads what hashOfChannel writes", () => {
  for (const name of [...EVERY_NAME, EVERY_NAME.join("")]) {
    assertEquals(channelFromHash(hashOfChannel(name)), name);
  }
});

Deno.test("socketUrl is a WebSocket address on the page's host, safe where the page is", () => {
  assertEquals(socketUrl(HTTP, "lobby"), "ws://127.0.0.1:8000/channels/lobby");
  assertEquals(socketUrl(HTTPS, "a/b"), "wss://example.com/channels/a%2Fb");
});

Deno.test("curlCommand is a line for a shell that publishes", () => {
  assertEquals(curlCommand(HTTP, "lobby"), "curl -d 'hello' http://127.0.0.1:8000/channels/lobby");
  assertEquals(curlCommand(HTTPS, "ws"), "curl -d 'hello' https://example.com/channels/ws");
});

Deno.test("curlCommand stays one word of a shell whatever the channel is called", () => {
  const command = curlCommand(HTTP, "$(rm -rf ~);'\"`&|<>*?[]{}!#\\");
  assertEquals(/^curl -d 'hello' [A-Za-z0-9:/%._-]+$/.test(command), true, command);
});

Deno.test("browserSnippet is a script that joins and publishes", () => {
  const snippet = browserSnippet(HTTP, 'a"b');
  assert(snippet.includes('new WebSocket("ws://127.0.0.1:8000/channels/a%22b")'), snippet);
  assertEquals(snippet.split("\n").length, 3);
  // A script that does not parse throws here.
  new Function(snippet);
});

Deno.test("retryDelayMs doubles its bound up to five seconds", () => {
  const bounds = [0, 1, 2, 3, 4, 5, 6, 100, 2_000].map((attempt) => retryDelayMs(attempt, () => 1));
  assertEquals(bounds, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000]);
});

Deno.test("retryDelayMs spreads over the whole of its bound", () => {
  assertEquals(retryDelayMs(3, () => 0), 0);
  assertEquals(retryDelayMs(3, () => 0.5), 1_000);
  const delays = Array.from({ length: 50 }, () => retryDelayMs(3));
  assert(delays.every((delay) => delay >= 0 && delay < 2_000));
  assert(new Set(delays).size > 1);
});

Deno.test("closeMeaning explains every way in which the server closes", () => {
  for (const { code, reason } of Object.values(DISCONNECTS)) {
    assert(closeMeaning({ code, reason }).endsWith("."), `${code}`);
  }
});

Deno.test("closeMeaning tells a stop from another going away", () => {
  const { code, reason } = DISCONNECTS.stopping;
  assert(closeMeaning({ code, reason }).includes("stopping"));
  assert(!closeMeaning({ code, reason: "" }).includes("stopping"));
});

Deno.test("closeMeaning says nothing of a code that it does not know", () => {
  assertEquals(closeMeaning({ code: 4_242, reason: "" }), "");
});

Deno.test("canRetry is false only for who is not allowed", () => {
  assertEquals([1000, 1001, 1006, 1009, 1011, 1013].map(canRetry), new Array(6).fill(true));
  assertEquals(canRetry(1008), false);
});
