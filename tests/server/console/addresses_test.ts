import { assert, assertEquals } from "@std/assert";
import {
  browserSnippet,
  channelPath,
  channelProblem,
  curlCommand,
  encodeChannel,
  hashOf,
  socketUrl,
  subCommand,
  viewFromHash,
} from "../../../server/console/addresses.js";
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

const HASHES: readonly (readonly [hash: string, view: string, channel: string])[] = [
  ["", "overview", ""],
  ["#", "overview", ""],
  ["#/", "overview", ""],
  ["#/overview", "overview", ""],
  ["#/channels", "channels", ""],
  ["#/clients", "clients", ""],
  ["#/nonsense", "overview", ""],
  ["#/channels/lobby", "channel", "lobby"],
  ["#/channels/chat%3A42", "channel", "chat:42"],
  ["#/channels/a/b", "channel", "a/b"],
  ["#/channels/", "channels", ""],
  ["#/channels/%", "channels", ""],
  ["#/channels/a%20b", "channels", ""],
  ["#channel=chat%3A42", "channel", "chat:42"],
  ["#channel=", "channels", ""],
];

for (const [hash, view, channel] of HASHES) {
  Deno.test(`viewFromHash of "${hash}" is ${view} ${channel}`, () => {
    assertEquals(viewFromHash(hash), { view, channel });
  });
}

Deno.test("viewFromHash reads what hashOf writes", () => {
  for (const channel of [...EVERY_NAME, EVERY_NAME.join("")].filter((name) => name !== ".")) {
    assertEquals(viewFromHash(hashOf("channel", channel)), { view: "channel", channel });
  }
  for (const view of ["overview", "channels", "clients"]) {
    assertEquals(viewFromHash(hashOf(view)), { view, channel: "" });
  }
});

Deno.test("socketUrl is a WebSocket address on the page's host, safe where the page is", () => {
  assertEquals(socketUrl(HTTP, channelPath("lobby")), "ws://127.0.0.1:8000/channels/lobby");
  assertEquals(socketUrl(HTTPS, channelPath("a/b")), "wss://example.com/channels/a%2Fb");
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

Deno.test("subCommand is a line for a shell that follows a channel, whatever it is called", () => {
  assertEquals(subCommand(HTTP, "lobby"), "midgard sub lobby");
  assertEquals(subCommand(HTTPS, "ws"), "midgard sub ws --url https://example.com");
  assertEquals(subCommand(HTTP, "$(rm)'x"), `midgard sub '$(rm)'\\''x'`);
});

Deno.test("curlCommand and subCommand name key and token by a variable, never by their values", () => {
  assert(curlCommand(HTTP, "lobby", true).includes('-H "X-API-Key: $MIDGARD_API_KEY"'));
  assert(subCommand(HTTP, "lobby", true).startsWith("MIDGARD_TOKEN=… "));
});
