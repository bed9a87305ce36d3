import { assertEquals } from "@std/assert";
import { messageJson, messageText } from "../../../../server/cli/sub/message_text.ts";
import { readServerLine } from "../../../../server/cli/sub/sub_message.ts";

function messageOf(pub: string) {
  const line = readServerLine(`{"push":{"channel":"a","pub":${pub}}}`);
  if (line.kind !== "message") throw new Error(`Cannot read ${pub} as a message`);
  return line.message;
}

const PLACE = { channel: "a", epoch: "e", receivedAtMs: 7 };

for (
  const [pub, text, json] of [
    [
      '{"data":"two\\nlines","offset":3}',
      "two\nlines\n",
      '"epoch":"e","offset":3,"data":"two\\nlines"',
    ],
    [
      '{"data":{"a": 1.00},"offset":3}',
      '{"a": 1.00}\n',
      '"epoch":"e","offset":3,"data":{"a": 1.00}',
    ],
    ['{"b64data":"AP8=","offset":3}', "AP8=\n", '"epoch":"e","offset":3,"b64data":"AP8="'],
    ['{"data":5}', "5\n", '"data":5'],
    [
      '{"data":1,"info":{"user":"42","client":"c"},"offset":1}',
      "1\n",
      '"epoch":"e","offset":1,"data":1,"info":{"user":"42","client":"c"}',
    ],
  ] as const
) {
  Deno.test(`messageText and messageJson show ${pub}`, () => {
    assertEquals(messageText(messageOf(pub), false), text);
    assertEquals(messageJson(messageOf(pub), PLACE), `{"channel":"a",${json},"received":7}\n`);
  });
}

Deno.test("messageText shows a terminal what it would obey", () => {
  const message = messageOf(JSON.stringify({ data: "\x1b[2J\x07\u202e\r\ta\u009b\nb</style>" }));
  assertEquals(messageText(message, true), "\\x1b[2J\\x07\\u202e\\x0d\ta\\x9b\nb</style>\n");
  assertEquals(messageText(message, false), "\x1b[2J\x07\u202e\r\ta\u009b\nb</style>\n");
});

Deno.test("messageJson shows a terminal JSON that means the same and that it does not obey", () => {
  const data = '{"a":\r"\u009b2J\u202e\u007f\\u001b"}';
  const line = messageJson(messageOf(`{"data":${data}}`), PLACE, true);
  assertEquals(
    line,
    '{"channel":"a","data":{"a": "\\u009b2J\\u202e\\u007f\\u001b"},"received":7}\n',
  );
  assertEquals(JSON.parse(line).data, JSON.parse(data));
});

Deno.test("readServerLine lets no reason and no error steer a terminal", () => {
  const lines = [
    { id: 1, error: { code: 1, message: "\x1b[2J" } },
    { push: { disconnect: { code: 1, reason: "\x1b[2J" } } },
  ];
  for (const line of lines) {
    assertEquals(JSON.stringify(readServerLine(JSON.stringify(line))).includes("\\\\x1b[2J"), true);
  }
});

Deno.test("readServerLine takes what is no line of the protocol for nothing", () => {
  for (const line of ["", "nonsense", "[]", "null", '{"id":1}', '{"push":{}}']) {
    assertEquals(readServerLine(line).kind, "other", line);
  }
  assertEquals(readServerLine("{}").kind, "ping");
});
