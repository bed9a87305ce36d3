import { assert, assertEquals, assertFalse } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { NOW_S, sign, verifierOf } from "./signer.ts";

async function connection(claims: unknown, keys = {}) {
  return await verifierOf(keys).verifyConnection(await sign(claims));
}

async function subscription(claims: unknown, keys = {}) {
  return await verifierOf(keys).verifySubscription(await sign(claims));
}

/** What a connection token grants. */
async function identity(claims: unknown, keys = {}) {
  const verified = await connection(claims, keys);
  assert(verified.kind === "valid", JSON.stringify(verified));
  return verified.value;
}

/** What a subscription token to `news` grants. */
async function grant(claims: object) {
  const verified = await subscription({ channel: "news", ...claims });
  assert(verified.kind === "valid", JSON.stringify(verified));
  return verified.value.grant;
}

function base64(text: string): string {
  return encodeBase64(new TextEncoder().encode(text));
}

Deno.test("verifyConnection of a token that claims nothing gives an anonymous client for ever", async () => {
  assertEquals(await identity({}), {
    user: "",
    expiresAt: undefined,
    info: undefined,
    subscriptions: new Map(),
  });
});

Deno.test("verifyConnection takes null for nothing, as Centrifugo does", async () => {
  const names = ["sub", "exp", "expire_at", "nbf", "iat", "aud", "iss", "info", "b64info"];
  const claims = [...names, "channels", "subs", "meta", "channel"].map((name) => [name, null]);
  assertEquals(await identity(Object.fromEntries(claims)), await identity({}));
});

Deno.test("verifyConnection gives the user, whether text or number", async () => {
  assertEquals((await identity({ sub: "42" })).user, "42");
  assertEquals((await identity({ sub: 42 })).user, "42");
  assertEquals((await identity({ sub: "" })).user, "");
  const keys = { userIdClaim: "uid" };
  assertEquals((await identity({ uid: "7", sub: "42" }, keys)).user, "7");
  assertEquals((await identity({ sub: "42" }, keys)).user, "");
  assertEquals((await identity({}, { userIdClaim: "constructor" })).user, "");
});

const EXPIRIES = [
  [{ exp: NOW_S + 60 }, NOW_S + 60],
  [{ exp: NOW_S + 60.9 }, NOW_S + 60],
  [{ exp: NOW_S + 60, expire_at: NOW_S + 600 }, NOW_S + 600],
  [{ expire_at: NOW_S + 600 }, NOW_S + 600],
  [{ exp: NOW_S + 60, expire_at: 0 }, undefined],
  [{ exp: NOW_S + 60, expire_at: null }, NOW_S + 60],
  [{ expire_at: 1 }, 1],
] as const;

for (const [claims, expiresAt] of EXPIRIES) {
  Deno.test(`A token with ${JSON.stringify(claims)} grants until ${expiresAt}`, async () => {
    assertEquals((await identity(claims)).expiresAt, expiresAt);
    assertEquals((await grant(claims)).expiresAt, expiresAt);
  });
}

const INFOS = [
  [{ info: { name: "Ann", n: [1, null] } }, '{"name":"Ann","n":[1,null]}'],
  [{ info: "text" }, '"text"'],
  [{ info: 0 }, "0"],
  [{ info: false }, "false"],
  [{ b64info: base64('{"name": "Ånn"}') }, '{"name": "Ånn"}'],
  [{ b64info: base64("1"), info: 2 }, "1"],
  [{ b64info: "", info: 2 }, "2"],
] as const;

for (const [claims, info] of INFOS) {
  Deno.test(`A token with ${JSON.stringify(claims)} gives the info ${info}`, async () => {
    assertEquals((await identity(claims)).info, info);
    assertEquals((await grant(claims)).info, info);
  });
}

const DATA = [
  [{ data: { a: 1 } }, { kind: "json", text: '{"a":1}' }],
  [{ data: "text" }, { kind: "json", text: '"text"' }],
  [{ b64data: base64('{"a": 1}') }, { kind: "json", text: '{"a": 1}' }],
  [{ b64data: base64("no json"), data: 1 }, {
    kind: "binary",
    bytes: new TextEncoder().encode("no json"),
  }],
  [{ b64data: encodeBase64(new Uint8Array([0x22, 0xff, 0x22])) }, {
    kind: "binary",
    bytes: new Uint8Array([0x22, 0xff, 0x22]),
  }],
  [{}, undefined],
] as const;

for (const [claims, data] of DATA) {
  Deno.test(`A grant with ${JSON.stringify(claims)} gives the data ${JSON.stringify(data)}`, async () => {
    const expected: unknown = data;
    assertEquals<unknown>((await grant(claims)).data, expected);
    const { subscriptions } = await identity({ subs: { news: claims } });
    assertEquals<unknown>(subscriptions.get("news")?.data, expected);
  });
}

Deno.test("A grant overrides the options that it names, and no others", async () => {
  const value = { value: true };
  const override = {
    presence: { value: false },
    join_leave: value,
    force_push_join_leave: value,
    force_positioning: value,
    force_recovery: {},
    unknown: value,
  };
  const expected = {
    presence: false,
    joinLeave: true,
    forcePushJoinLeave: true,
    forcePositioning: true,
    forceRecovery: false,
  };
  assertEquals((await grant({ override })).override, expected);
  const { subscriptions } = await identity({ subs: { news: { override } } });
  assertEquals(subscriptions.get("news")?.override, expected);
  assertEquals((await grant({ override: { presence: null } })).override, {});
  assertEquals((await grant({})).override, undefined);
});

Deno.test("verifyConnection gives channels and subs as subscriptions; subs win", async () => {
  const channels = ["a", "b", "a"];
  assertEquals((await identity({ channels })).subscriptions, new Map([["a", {}], ["b", {}]]));
  const subs = { c: { expire_at: NOW_S + 1 }, d: null, e: { expire_at: 0 } };
  assertEquals(
    (await identity({ channels, subs })).subscriptions,
    new Map([["c", { expiresAt: NOW_S + 1 }], ["d", {}], ["e", {}]]),
  );
  assertEquals((await identity({ channels: ["a"], subs: {} })).subscriptions, new Map([["a", {}]]));
});

Deno.test("verifyConnection takes __proto__ for a channel like any other", async () => {
  const { subscriptions } = await identity(JSON.parse('{"subs":{"__proto__":{"info":1}}}'));
  assertEquals(subscriptions, new Map([["__proto__", { info: "1" }]]));
});

Deno.test("verifySubscription gives channel, user and client", async () => {
  const verified = await subscription({ channel: "$news", sub: 42, client: "c1" });
  assertEquals(verified, {
    kind: "valid",
    value: { channel: "$news", user: "42", client: "c1", grant: {} },
  });
  const any = await subscription({ channel: "news", client: "" });
  assert(any.kind === "valid");
  assertEquals([any.value.user, any.value.client], ["", undefined]);
});

Deno.test("A token of the one kind is none of the other", async () => {
  const refused = await connection({ sub: "42", channel: "news" });
  assert(refused.kind === "invalid");
  assertEquals(refused.reason, 'claim "channel" must not be in a connection token');
  const missing = await subscription({ sub: "42" });
  assert(missing.kind === "invalid");
  assertEquals(missing.reason, 'claim "channel" must be the name of a channel');
  assertEquals((await connection({ channel: "" })).kind, "valid");
});

/** Stands for what nobody may read in a log. */
const PRIVATE = "PRIVATE";

const WRONG_IN_BOTH: Readonly<Record<string, readonly unknown[]>> = {
  sub: [true, {}, [PRIVATE], 1.5, 2 ** 60],
  exp: [String(NOW_S + 60), {}, true, [NOW_S + 60]],
  nbf: ["0", {}, false],
  iat: [PRIVATE, {}],
  expire_at: [PRIVATE, -1, 1.5, {}, true],
  aud: [1, {}, [1], [null]],
  iss: [1, {}, [PRIVATE]],
  b64info: [
    PRIVATE + "!",
    base64(PRIVATE),
    1,
    {},
    encodeBase64(new Uint8Array([0x22, 0xff, 0x22])),
  ],
};

const WRONG_IN_GRANTS: Readonly<Record<string, readonly unknown[]>> = {
  b64data: ["!", 1, {}],
  override: [1, PRIVATE, [], { presence: true }, { presence: { value: 1 } }, { join_leave: [] }],
};

const WRONG_IN_CONNECTIONS: Readonly<Record<string, readonly unknown[]>> = {
  channel: [1, {}, ["news"], PRIVATE],
  channels: [PRIVATE, {}, [1], ["with space"], [""], ["."], ["å"], ["x".repeat(256)]],
  subs: [[], PRIVATE, { [PRIVATE]: 1 }, { [PRIVATE]: [] }, { "with space": {} }, { "": {} }],
};

const WRONG_IN_SUBSCRIPTIONS: Readonly<Record<string, readonly unknown[]>> = {
  channel: [1, {}, "", null, `${PRIVATE} space`, "."],
  client: [1, {}, true],
};

function cases(wrong: Readonly<Record<string, readonly unknown[]>>): [string, unknown][] {
  return Object.entries(wrong).flatMap(([name, values]) =>
    values.map((value): [string, unknown] => [name, value])
  );
}

for (const [name, value] of cases({ ...WRONG_IN_BOTH, ...WRONG_IN_CONNECTIONS })) {
  Deno.test(`verifyConnection refuses ${name} ${JSON.stringify(value)} and does not repeat it`, async () => {
    const verified = await connection({ [name]: value });
    assert(verified.kind === "invalid", JSON.stringify(verified));
    assert(verified.reason.startsWith(`claim "${name}`), verified.reason);
    assertFalse(verified.reason.includes(PRIVATE));
  });
}

for (
  const [name, value] of cases({ ...WRONG_IN_BOTH, ...WRONG_IN_GRANTS, ...WRONG_IN_SUBSCRIPTIONS })
) {
  Deno.test(`verifySubscription refuses ${name} ${JSON.stringify(value)} and does not repeat it`, async () => {
    const verified = await subscription({ channel: "news", [name]: value });
    assert(verified.kind === "invalid", JSON.stringify(verified));
    assert(verified.reason.startsWith(`claim "${name}`), verified.reason);
    assertFalse(verified.reason.includes(PRIVATE));
  });
}

for (
  const [name, value] of cases({ ...WRONG_IN_GRANTS, expire_at: [PRIVATE, -1], b64info: ["!"] })
) {
  Deno.test(`verifyConnection refuses ${name} ${JSON.stringify(value)} in subs`, async () => {
    const verified = await connection({ subs: { [PRIVATE]: { [name]: value } } });
    assert(verified.kind === "invalid", JSON.stringify(verified));
    assert(verified.reason.startsWith(`claim "subs.*.${name}`), verified.reason);
    assertFalse(verified.reason.includes(PRIVATE));
  });
}
