import { assertEquals, assertLess } from "@std/assert";
import { Presence } from "../../../server/hub/mod.ts";
import { upTo } from "./recorder.ts";

function info(client: string, user = "") {
  return { user, client };
}

Deno.test("Presence tells who is in a channel, by the client's id", () => {
  const presence = new Presence();
  presence.add("a", info("1", "42"));
  presence.add("a", info("2"));
  presence.add("b", info("3"));
  assertEquals([...presence.of("a")], [["1", info("1", "42")], ["2", info("2")]]);
});

Deno.test("Presence counts clients, and different users", () => {
  const presence = new Presence();
  for (const [client, user] of ["42", "42", "43", "", ""].entries()) {
    presence.add("a", info(`${client}`, user));
  }
  assertEquals(presence.stats("a"), { clients: 5, users: 3 });
});

Deno.test("Presence knows nobody in a channel that nobody is in", () => {
  const presence = new Presence();
  presence.remove("a", "1");
  assertEquals([presence.of("a").size, presence.stats("a")], [0, { clients: 0, users: 0 }]);
});

Deno.test("Presence forgets who leaves, and only that one", () => {
  const presence = new Presence();
  presence.add("a", info("1"));
  presence.add("a", info("2"));
  presence.remove("a", "1");
  presence.remove("a", "1");
  presence.remove("b", "2");
  assertEquals([...presence.of("a").keys()], ["2"]);
  presence.remove("a", "2");
  assertEquals(presence.of("a").size, 0);
});

Deno.test("Presence takes the newest word on a client", () => {
  const presence = new Presence();
  presence.add("a", info("1", "42"));
  presence.add("a", info("1", "43"));
  assertEquals([...presence.of("a").values()], [info("1", "43")]);
});

Deno.test("Presence counts a user as long as one of its clients is there", () => {
  const presence = new Presence();
  for (const client of ["1", "2", "2"]) presence.add("a", info(client, "42"));
  presence.add("a", info("3", "43"));
  assertEquals(presence.stats("a"), { clients: 3, users: 2 });
  presence.remove("a", "1");
  assertEquals(presence.stats("a"), { clients: 2, users: 2 });
  presence.add("a", info("2", "43"));
  assertEquals(presence.stats("a"), { clients: 2, users: 1 });
});

Deno.test("Presence counts as fast where many are as where few are", () => {
  const presence = new Presence();
  for (const n of upTo(20_000)) presence.add("a", info(`${n}`, `user ${n}`));
  const startedAt = performance.now();
  for (const _ of upTo(1_700)) presence.stats("a");
  // Looked through one by one they take 2 s and more.
  assertLess(performance.now() - startedAt, 200);
});
