import type { CommandUsage } from "./command.ts";
import { CA_FLAG, TOKEN_FLAG, URL_FLAG } from "./command.ts";

/** Commands that talk to a running server. */
export const TALKING_COMMANDS: readonly CommandUsage[] = [
  {
    name: "pub",
    summary: "publish one message, or one for each line of standard input",
    forms: ["pub <channel> <message> [options]", "pub <channel> [options]"],
    maxArguments: 2,
    flags: [
      URL_FLAG,
      CA_FLAG,
      { flag: "json", help: "messages are JSON, and are checked to be; without it they are text" },
      { flag: "binary", help: "all of standard input is one message of bytes" },
      TOKEN_FLAG,
      {
        flag: "api-key",
        value: "<key>",
        help: "key of the server API, which may publish anywhere; MIDGARD_API_KEY is hidden from " +
          "others on this machine",
      },
      {
        flag: "wait",
        value: "<duration>",
        help: "how long to go on trying while the server is away or refuses for the moment " +
          "(default: 1m)",
      },
      { flag: "quiet", help: "say nothing but what went wrong" },
    ],
    notes: [
      "Each message is acknowledged once it is stored, and the next ones follow in order. A server " +
      "that stops, restarts or is overloaded is waited for; what may have got lost on the way is " +
      "sent again under the same idempotency key, so that every line is stored once. A line of " +
      "which nobody can tell is not sent twice: the server remembers keys for five minutes, and " +
      "later than that pub gives up.",
      "No more is read from standard input than can be sent. Ctrl-C ends the reading: what was " +
      "sent is still answered.",
    ],
    examples: [
      "midgard pub lobby 'hello there'",
      "seq 1 100000 | midgard pub numbers",
      `jq -c '.items[]' list.json | midgard pub items --json`,
      "tail -f app.log | midgard pub logs --quiet",
      "midgard pub pictures --binary < cat.png",
    ],
    exitCodes: [
      ["0", "every line is stored"],
      ["1", "not all are, and standard error says how many"],
      ["2", "wrong options"],
      ["130", "ended by Ctrl-C (143 by SIGTERM), and standard error says how many are stored"],
    ],
  },
  {
    name: "sub",
    summary: "print the messages of a channel as they come",
    forms: ["sub <channel> [options]"],
    maxArguments: 1,
    flags: [
      URL_FLAG,
      CA_FLAG,
      { flag: "history", value: "<n>", help: "begin with the last n messages, as far as kept" },
      {
        flag: "since",
        value: "<position>",
        help: "begin behind this position: <epoch>:<offset>, or an offset",
      },
      { flag: "count", value: "<n>", help: "end after n messages" },
      {
        flag: "json",
        help: "one JSON object in each line: channel, epoch, offset, data (or b64data), received",
      },
      TOKEN_FLAG,
      {
        flag: "wait",
        value: "<duration>",
        help: "how long to go on trying while the server is away (default: for ever)",
      },
      { flag: "quiet", help: "say nothing but what went wrong" },
    ],
    notes: [
      "Text is printed as it is, JSON as it was published, bytes as base64, each in a line. When the " +
      "connection ends, sub comes back, goes on behind the last message that it printed, and says " +
      "on standard error that nothing was missed, or that its place is lost.",
      "Without --json a message that has several lines is printed as several. `received` is when it " +
      "came here, in milliseconds since 1970. On a terminal control characters are shown as escapes.",
    ],
    examples: [
      "midgard sub lobby",
      "midgard sub lobby --history 10",
      "midgard sub numbers --since 140be737:41 --json | jq .data",
      "midgard sub jobs --count 1",
    ],
    exitCodes: [
      ["0", "ended by --count, by Ctrl-C, or because nobody reads on (as with | head)"],
      ["1", "refused, or the server stayed away; also in the end where messages were missed"],
      ["2", "wrong options"],
    ],
  },
  {
    name: "status",
    summary: "ask a running server how it is",
    forms: ["status [options]"],
    flags: [
      URL_FLAG,
      CA_FLAG,
      {
        flag: "watch",
        help: "ask every second until Ctrl-C: drawn anew on a terminal, else a line each",
      },
      { flag: "json", help: "the answer as it is, for programs; with --watch one line each" },
    ],
    notes: [
      "A server on another machine tells its numbers only to who shows its API key: set " +
      "MIDGARD_API_KEY. A watch goes on whatever happens to the server.",
    ],
    examples: [
      "midgard status",
      "midgard status --watch",
      "midgard status --url https://example.com --json | jq .connections",
    ],
    exitCodes: [
      ["0", "it answers, also while it stops; a watch was ended"],
      ["1", "nobody answers, or what answers is no Midgard"],
      ["2", "wrong options"],
    ],
  },
  {
    name: "bench",
    summary: "load a server with publishers and subscribers, and measure it",
    forms: ["bench [options]"],
    flags: [
      URL_FLAG,
      CA_FLAG,
      {
        flag: "protocol",
        value: "<name>",
        help: "centrifuge, or plain for plain WebSockets (default: centrifuge)",
        offers: ["centrifuge", "plain"],
      },
      { flag: "publishers", value: "<n>", help: "connections that publish (default: 1)" },
      {
        flag: "subscribers",
        value: "<n>",
        help: "connections that read one channel each (default: 1)",
      },
      {
        flag: "channels",
        value: "<n>",
        help: "channels, named bench:0, bench:1 and so on (default: 1)",
      },
      { flag: "channel", value: "<name>", help: "one channel of this name instead" },
      { flag: "size", value: "<bytes>", help: "bytes of a payload (default: 128)" },
      {
        flag: "rate",
        value: "<n>",
        help: "messages a second of all publishers together; without it as fast as they are " +
          "acknowledged",
      },
      {
        flag: "in-flight",
        value: "<n>",
        help:
          "messages of one publisher that may be unanswered (default: at most 64, with --rate " +
          "1000; fewer with many publishers or large payloads)",
      },
      {
        flag: "duration",
        value: "<duration>",
        help: "how long messages are sent (default: 10s)",
      },
      {
        flag: "messages",
        value: "<n>",
        help: "how many are sent instead, by all publishers together",
      },
      TOKEN_FLAG,
      { flag: "json", help: "the summary as JSON, for programs" },
    ],
    notes: [
      "With --rate latencies count from the moment at which a message was due, whether or not the " +
      "server was ready for it; without, from the sending. A plain socket gets no answers: there a " +
      "publisher is sent its own messages, which stand for them. What is published is kept in the " +
      "channels' histories as any publication. Ctrl-C ends a load early, with a summary of what was " +
      "measured.",
    ],
    examples: [
      "midgard bench --publishers 4 --subscribers 100",
      "midgard bench --rate 1000 --size 1024 --duration 1m --json",
      "midgard bench --protocol plain --messages 100000",
      "MIDGARD_TOKEN=$(midgard token --user 42) midgard bench --channel chat",
    ],
    exitCodes: [
      ["0", "all was delivered once and in order"],
      [
        "1",
        "the server could not be reached, closed or left something unanswered, or messages were " +
        "lost, repeated or out of order",
      ],
      ["2", "wrong options"],
    ],
  },
];
