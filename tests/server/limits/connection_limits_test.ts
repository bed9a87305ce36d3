import { assertEquals } from "@std/assert";
import type { ConnectionBounds, Place } from "../../../server/limits/mod.ts";
import { ConnectionLimits, Places } from "../../../server/limits/mod.ts";
import { integer, pick, seededRandom, SEEDS } from "../../lifecycle/seeded_random.ts";

const NONE = { addressConnectionLimit: 0, userConnectionLimit: 0, connectionRateLimit: 0 };

/** Limits at a clock that stands still until it is set. */
class Door {
  bounds: ConnectionBounds;
  nowMs = 0;
  readonly users = new Places();
  readonly limits: ConnectionLimits;

  constructor(bounds: Partial<ConnectionBounds>) {
    this.bounds = { ...NONE, ...bounds };
    const { users } = this;
    this.limits = new ConnectionLimits(
      () => this.bounds,
      { connectionsOf: (user) => users.count(user), take: (user) => users.take(user) },
      () => this.nowMs,
    );
  }

  /** A place, or the code of the refusal and the seconds to wait. */
  knock(address: string, user = ""): Place | string {
    const full = this.limits.refusal({ address, user });
    if (full === undefined) return this.limits.enter({ address, user });
    return `${full.refusal.status} ${full.refusal.code} ${full.headers["retry-after"]}`;
  }
}

Deno.test("ConnectionLimits takes so many of one address, and the next when one has gone", () => {
  const door = new Door({ addressConnectionLimit: 2 });
  const [first] = [door.knock("a"), door.knock("a"), door.knock("b")];
  assertEquals(door.knock("a"), "429 address_limit 10");
  if (typeof first === "object") first.release();
  assertEquals(typeof door.knock("a"), "object");
  assertEquals(door.knock("a"), "429 address_limit 10");
});

Deno.test("ConnectionLimits takes so many of one user, wherever they are, and all who are anonymous", () => {
  const door = new Door({ userConnectionLimit: 1 });
  assertEquals(typeof door.knock("a", "42"), "object");
  assertEquals(door.knock("b", "42"), "429 user_limit 10");
  assertEquals(typeof door.knock("b", "43"), "object");
  for (const _ of "abc") assertEquals(typeof door.knock("c"), "object");
});

Deno.test("ConnectionLimits takes so many in a second, and says when the next may come", () => {
  const door = new Door({ connectionRateLimit: 2 });
  assertEquals([typeof door.knock("a"), typeof door.knock("b")], ["object", "object"]);
  assertEquals(door.knock("c"), "429 connection_rate 1");
  door.nowMs = 500;
  assertEquals(typeof door.knock("c"), "object");
  assertEquals(door.knock("c"), "429 connection_rate 1");
});

Deno.test("ConnectionLimits counts nobody twice who was refused", () => {
  const door = new Door({ addressConnectionLimit: 1, connectionRateLimit: 1 });
  door.knock("a");
  door.nowMs = 1_000;
  for (const _ of "abc") assertEquals(door.knock("a"), "429 address_limit 10");
  assertEquals(typeof door.knock("b"), "object");
});

Deno.test("ConnectionLimits goes by the bounds of now, with those counted who were in before", () => {
  const door = new Door({});
  for (const _ of "abc") door.knock("a");
  door.bounds = { ...NONE, addressConnectionLimit: 3 };
  assertEquals(door.knock("a"), "429 address_limit 10");
  door.bounds = { ...NONE, addressConnectionLimit: 4 };
  assertEquals(typeof door.knock("a"), "object");
});

Deno.test("ConnectionLimits agrees with a list of who is in, and forgets every name in the end", () => {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    const door = new Door({ addressConnectionLimit: 3, userConnectionLimit: 2 });
    let inside: { address: string; user: string; place: Place }[] = [];
    for (let round = 0; round < 400; round++) {
      const [address, user] = [`a${integer(random, 6)}`, pick(random, ["", "u1", "u2", "u3"])];
      const has = (name: "address" | "user", value: string) =>
        inside.filter((each) => each[name] === value).length;
      const isOpen = has("address", address) < 3 && (user === "" || has("user", user) < 2);
      const place = door.knock(address, user);
      assertEquals(typeof place === "object", isOpen, `seed ${seed}, round ${round}`);
      if (typeof place === "object") inside.push({ address, user, place });
      if (random() < 0.6) inside.splice(integer(random, inside.length), 1)[0]?.place.release();
      assertEquals(door.limits.addresses, new Set(inside.map((each) => each.address)).size);
    }
    for (const { place } of inside) place.release();
    inside = [];
    assertEquals([door.limits.addresses, door.users.size], [0, 0]);
  }
});
