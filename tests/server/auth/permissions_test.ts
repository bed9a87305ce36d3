import { assertEquals } from "@std/assert";
import {
  type Access,
  isNameAllowed,
  mayPosition,
  mayPublish,
  mayReadHistory,
  mayRecover,
  maySeeJoinLeave,
  maySeePresence,
  maySubscribe,
  personalChannel,
} from "../../../server/auth/mod.ts";
import { type ChannelOptions, OPEN_CHANNEL } from "../../../server/config/mod.ts";

/** A channel in which nothing is allowed. */
const CLOSED: ChannelOptions = {
  ...OPEN_CHANNEL,
  ...Object.fromEntries(
    Object.keys(OPEN_CHANNEL).filter(isPermission).map((name) => [name, false]),
  ),
};

function isPermission(name: string): boolean {
  return name.startsWith("allow") && name !== "allowedDeltaTypes";
}

const KINDS = {
  "an anonymous client": { user: "", isSubscribed: false },
  "an anonymous subscriber": { user: "", isSubscribed: true },
  "a user": { user: "42", isSubscribed: false },
  "a subscribed user": { user: "42", isSubscribed: true },
} as const;

const MAY = {
  Subscribe: maySubscribe,
  Publish: mayPublish,
  Presence: maySeePresence,
  History: mayReadHistory,
} as const;

function access(overrides: Partial<Access>): Access {
  return {
    channel: "news",
    options: CLOSED,
    user: "",
    isSubscribed: false,
    isInsecure: false,
    ...overrides,
  };
}

/** Every choice of the flags. */
function subsetsOf(flags: readonly string[]): string[][] {
  return flags.reduce<string[][]>(
    (sets, flag) => [...sets, ...sets.map((set) => [...set, flag])],
    [[]],
  );
}

function optionsWith(flags: readonly string[]): ChannelOptions {
  return { ...CLOSED, ...Object.fromEntries(flags.map((flag) => [flag, true])) };
}

/** The combinations of flags that suffice, written down once more and by hand. */
const SUFFICIENT: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "an anonymous client": [["Client", "Anonymous"], ["Client", "Subscriber", "Anonymous"]],
  "an anonymous subscriber": [
    ["Client", "Anonymous"],
    ["Subscriber", "Anonymous"],
    ["Client", "Subscriber", "Anonymous"],
  ],
  "a user": [
    ["Client"],
    ["Client", "Subscriber"],
    ["Client", "Anonymous"],
    ["Client", "Subscriber", "Anonymous"],
  ],
  "a subscribed user": [
    ["Client"],
    ["Subscriber"],
    ["Client", "Subscriber"],
    ["Client", "Anonymous"],
    ["Subscriber", "Anonymous"],
    ["Client", "Subscriber", "Anonymous"],
  ],
};

/** Subscribing is the one thing that being subscribed cannot matter for. */
function sufficientFor(what: string, who: string): string[] {
  if (what !== "Subscribe") return (SUFFICIENT[who] ?? []).map(String);
  const newcomer = who.startsWith("an anonymous") ? "an anonymous client" : "a user";
  return (SUFFICIENT[newcomer] ?? []).filter((set) => !set.includes("Subscriber")).map(String);
}

for (const [what, may] of Object.entries(MAY)) {
  const whom = ["Client", ...(what === "Subscribe" ? [] : ["Subscriber"]), "Anonymous"];
  for (const [who, kind] of Object.entries(KINDS)) {
    Deno.test(`allow${what}For flags let ${who} in exactly where they should`, () => {
      const allowed = subsetsOf(whom).filter((set) => {
        const options = optionsWith(set.map((name) => `allow${what}For${name}`));
        return may(access({ ...kind, options }));
      });
      assertEquals(allowed.map(String), sufficientFor(what, who));
    });

    Deno.test(`${what} is not allowed to ${who} by the flags of others`, () => {
      const others = Object.keys(OPEN_CHANNEL).filter(isPermission)
        .filter((name) => !name.startsWith(`allow${what}For`));
      assertEquals(may(access({ ...kind, options: optionsWith(others) })), false);
    });

    Deno.test(`${what} is allowed to ${who} of an insecure server`, () => {
      assertEquals(may(access({ ...kind, isInsecure: true })), true);
    });
  }
}

const OPEN: ChannelOptions = { ...OPEN_CHANNEL, allowUserLimitedChannels: true };

for (const isInsecure of [false, true]) {
  Deno.test(`maySubscribe to a private channel without a token is ${isInsecure}, insecure ${isInsecure}`, () => {
    for (const channel of ["$news", "$ns:news", "$news#42"]) {
      assertEquals(
        maySubscribe(access({ channel, options: OPEN, user: "42", isInsecure })),
        isInsecure,
      );
    }
  });
}

const USER_LIMITED: readonly (readonly [channel: string, user: string, isMember: boolean])[] = [
  ["game#42", "42", true],
  ["game#42", "4", false],
  ["game#42", "2", false],
  ["game#42,43", "42", true],
  ["game#42,43", "43", true],
  ["game#42,43", "42,43", false],
  ["game#42, 43", "43", false],
  ["game#42#43", "42", false],
  ["game#42#43", "43", true],
  ["#42", "42", true],
  ["ns:#42", "42", true],
  ["ns:game#42", "42", true],
  ["game#", "42", false],
  ["game#", "", false],
  ["game#42,", "", false],
  ["game#42", "", false],
];

for (const [channel, user, isMember] of USER_LIMITED) {
  Deno.test(`maySubscribe to ${channel} as "${user}" is ${isMember}, whatever else is allowed`, () => {
    assertEquals(maySubscribe(access({ channel, options: OPEN, user })), isMember);
    const options = { ...CLOSED, allowUserLimitedChannels: true };
    assertEquals(maySubscribe(access({ channel, options, user })), isMember);
  });
}

Deno.test("maySubscribe takes # for a letter where channels are not limited to users", () => {
  const options = { ...OPEN, allowUserLimitedChannels: false };
  assertEquals(maySubscribe(access({ channel: "game#42", options, user: "7" })), true);
  assertEquals(maySubscribe(access({ channel: "game#42", options: CLOSED, user: "42" })), false);
});

Deno.test("maySubscribe asks the flags for a channel that names no users", () => {
  const options = { ...CLOSED, allowUserLimitedChannels: true };
  assertEquals(maySubscribe(access({ options, user: "42" })), false);
  assertEquals(maySubscribe(access({ options: OPEN, user: "42" })), true);
});

for (
  const [name, may, option] of [
    ["mayRecover", mayRecover, "allowRecovery"],
    ["mayPosition", mayPosition, "allowPositioning"],
  ] as const
) {
  Deno.test(`${name} follows ${option} or the history that subscribers may read`, () => {
    const user = "42";
    assertEquals(may(access({ user })), false);
    assertEquals(may(access({ options: optionsWith([option]) })), true);
    assertEquals(may(access({ user, options: optionsWith(["allowHistoryForSubscriber"]) })), true);
    assertEquals(may(access({ options: optionsWith(["allowHistoryForSubscriber"]) })), false);
  });
}

Deno.test("maySeeJoinLeave needs joinLeave and the presence that subscribers may see", () => {
  const options = { ...optionsWith(["allowPresenceForSubscriber"]), joinLeave: true };
  assertEquals(maySeeJoinLeave(access({ user: "42", options })), true);
  assertEquals(maySeeJoinLeave(access({ options })), false);
  assertEquals(
    maySeeJoinLeave(access({ user: "42", options: { ...options, joinLeave: false } })),
    false,
  );
  assertEquals(
    maySeeJoinLeave(access({ user: "42", options: { ...CLOSED, joinLeave: true } })),
    false,
  );
});

Deno.test("isNameAllowed holds the regex against the name within its namespace", () => {
  const options = { ...OPEN, channelRegex: /^[a-z]+$/g };
  for (const name of ["abc", "ns:abc", "$ns:abc", "ns:abc"]) {
    assertEquals(isNameAllowed(name, options), true, name);
  }
  for (const name of ["ns:", "ns:a1", "a1", "ns:a:b"]) {
    assertEquals(isNameAllowed(name, options), false, name);
  }
  assertEquals(isNameAllowed("anything", OPEN), true);
});

Deno.test("personalChannel names the user behind the boundary, in the namespace if there is one", () => {
  assertEquals(personalChannel("42", { namespace: "" }), "#42");
  assertEquals(personalChannel("42", { namespace: "personal" }), "personal:#42");
});
