import { assertEquals } from "@std/assert";
import { wireClientInfo, wirePublication } from "../../../server/protocol/mod.ts";

const PAYLOAD = { kind: "json", text: '{"a":1}' } as const;

Deno.test("wirePublication shows an offset only where the channel has history", () => {
  const publication = { offset: 7, time: 1, payload: PAYLOAD };
  assertEquals(wirePublication(publication, { hasHistory: true }), { data: PAYLOAD, offset: 7 });
  assertEquals(wirePublication(publication, { hasHistory: false }), { data: PAYLOAD });
  const past = { ...publication, offset: 0 };
  assertEquals(wirePublication(past, { hasHistory: true }), { data: PAYLOAD });
});

Deno.test("wirePublication shows who published and the tags", () => {
  const info = { user: "ann", client: "c1" };
  const publication = { offset: 1, time: 1, payload: PAYLOAD, info, tags: { kind: "note" } };
  assertEquals(wirePublication(publication, { hasHistory: false }), {
    data: PAYLOAD,
    info,
    tags: { kind: "note" },
  });
});

Deno.test("wireClientInfo shows what the tokens say as JSON", () => {
  assertEquals(wireClientInfo({ user: "", client: "c1", connInfo: "{}", chanInfo: "[1]" }), {
    user: "",
    client: "c1",
    conn_info: { kind: "json", text: "{}" },
    chan_info: { kind: "json", text: "[1]" },
  });
});
