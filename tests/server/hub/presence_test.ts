import { assertEquals } from "@std/assert";
import { Presence } from "../../../server/hub/mod.ts";

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
