import { assertEquals } from "@std/assert";
import { EventParser } from "../../../server/console/event_feed.js";

const TEXT = "retry: 1000\nid: e:4\n\n:\n\nid: e:5\ndata: a\ndata: b\n\n" +
  "id: e:6\nevent: binary\ndata: AA==\n\r\ndata\n\nid: e:9\nevent: reset\ndata: {}\n\n";

const EVENTS = [
  { event: "begin", data: "", id: "e:4" },
  { event: "message", data: "a\nb", id: "e:5" },
  { event: "binary", data: "AA==", id: "e:6" },
  { event: "message", data: "", id: "" },
  { event: "reset", data: "{}", id: "e:9" },
];

for (const size of [1, 2, 7, TEXT.length]) {
  Deno.test(`EventParser reads events that come ${size} characters at a time`, () => {
    const events: object[] = [];
    const parser = new EventParser((event: object) => events.push(event));
    for (let at = 0; at < TEXT.length; at += size) parser.add(TEXT.slice(at, at + size));
    assertEquals(events, EVENTS);
  });
}
