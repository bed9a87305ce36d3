import { assertEquals } from "@std/assert";
import { HostPolicy } from "../../../server/http/mod.ts";

/** Names by which a server is called; `false` for those that anybody can give any address. */
const HOSTS: readonly (readonly [host: string | null, isAllowed: boolean])[] = [
  [null, true],
  ["", true],
  ["127.0.0.1", true],
  ["127.0.0.1:8000", true],
  ["192.168.1.5:8000", true],
  ["[::1]", true],
  ["[::1]:8000", true],
  ["localhost", true],
  ["localhost:8000", true],
  ["app.localhost:8000", true],
  ["my-laptop:8000", true],
  ["evil.com", false],
  ["evil.com:8000", false],
  ["EVIL.com", false],
  ["evil.com.", false],
  ["localhost.evil.com", false],
  ["127.0.0.1.evil.com:8000", false],
  ["127.0.0.1.nip.io", false],
  ["evil.com:127.0.0.1", false],
  ["evillocalhost.com", false],
];

for (const [host, isAllowed] of HOSTS) {
  Deno.test(`HostPolicy ${isAllowed ? "answers" : "does not answer"} to ${host}`, () => {
    assertEquals(new HostPolicy([]).allows(host), isAllowed);
  });
}

const ALLOWED = ["https://chat.example.com", "http://*.test:8000"];

for (
  const [host, isAllowed] of [
    ["chat.example.com", true],
    ["CHAT.example.com", true],
    ["a.test:8000", true],
    ["localhost:8000", true],
    ["a.test", false],
    ["example.com", false],
    ["chat.example.com.evil.com", false],
  ] as const
) {
  Deno.test(`HostPolicy ${isAllowed ? "answers" : "does not answer"} to ${host} beside named origins`, () => {
    assertEquals(new HostPolicy(ALLOWED).allows(host), isAllowed);
  });
}

Deno.test("HostPolicy answers to everything where every origin is allowed", () => {
  assertEquals(new HostPolicy(["*"]).allows("evil.com"), true);
});
