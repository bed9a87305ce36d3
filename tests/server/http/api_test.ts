import { assertEquals } from "@std/assert";
import { callApi, errorOf, resultOf } from "./api_caller.ts";
import { assertRefused, jsonOf, Site } from "./site.ts";

const KEY = "the-key";
const LOCKED = { settings: { api: { key: KEY } } };

const RIGHT: Readonly<Record<string, object>> = {
  "X-API-Key": { headers: { "x-api-key": KEY } },
  "Authorization: apikey": { headers: { authorization: `apikey ${KEY}` } },
  "Authorization: APIKEY": { headers: { authorization: `APIKEY  ${KEY}` } },
  "?api_key=": { query: `api_key=${KEY}` },
};

for (const [how, options] of Object.entries(RIGHT)) {
  Deno.test(`callApi takes the key as ${how}`, async () => {
    const response = await callApi(new Site(LOCKED), "info", {}, options);
    assertEquals(response.status, 200);
    await response.body?.cancel();
  });
}

const WRONG: Readonly<Record<string, object>> = {
  "no key": {},
  "another key": { headers: { "x-api-key": "the-kez" } },
  "half of the key": { headers: { "x-api-key": "the" } },
  "a longer key": { headers: { "x-api-key": `${KEY}1` } },
  "an empty key": { headers: { "x-api-key": "" } },
  "a bearer": { headers: { authorization: `Bearer ${KEY}` } },
  "a wrong key beside the right one": {
    headers: { "x-api-key": "wrong" },
    query: `api_key=${KEY}`,
  },
};

for (const [what, options] of Object.entries(WRONG)) {
  Deno.test(`callApi refuses ${what} with 401, whatever is asked`, async () => {
    const site = new Site(LOCKED);
    for (const method of ["publish", "info", "batch", "nothing"]) {
      const body = { channel: "a", data: 1 };
      await assertRefused(await callApi(site, method, body, options), 401, "api_key_needed");
    }
    assertEquals((await site.log.tops(["a"]))[0]?.offset, 0);
  });
}

Deno.test("callApi without a key answers this machine only, and where everything is allowed", async () => {
  const body = "{}";
  const open = new Site();
  const far = await open.request("POST /api/info", { body, from: "192.0.2.1" });
  await assertRefused(far, 401, "api_key_needed");
  const strict = new Site({ settings: { client: { isInsecure: false } } });
  await assertRefused(await strict.request("POST /api/info", { body }), 401, "api_key_needed");
  assertEquals(Object.keys(await resultOf(open, "info")), ["nodes"]);
});

Deno.test("callApi answers another method than POST with 405", async () => {
  for (const method of ["GET", "PUT", "DELETE"]) {
    const response = await new Site().request(`${method} /api/info`);
    assertEquals(response.headers.get("allow"), "POST");
    await assertRefused(response, 405, "wrong_method");
  }
});

const BAD_BODIES = ["{", "[]", "1", '"text"', "null", "{} {}", "{'channel':'a'}", "\ufeff{"];

for (const body of BAD_BODIES) {
  Deno.test(`callApi answers the body ${JSON.stringify(body)} with 400`, async () => {
    for (const method of ["publish", "info", "batch", "rpc"]) {
      await assertRefused(await callApi(new Site(), method, body), 400, "bad_body");
    }
  });
}

const BAD_FIELDS: readonly (readonly [string, string])[] = [
  ["publish", '{"channel":1,"data":1}'],
  ["publish", '{"channel":"a","data":1,"tags":{"a":1}}'],
  ["publish", '{"channel":"a","data":1,"tags":[]}'],
  ["publish", '{"channel":"a","data":1,"version":-1}'],
  ["publish", '{"channel":"a","data":1,"skip_history":"yes"}'],
  ["publish", '{"channel":"a","b64data":5}'],
  ["broadcast", '{"channels":"a","data":1}'],
  ["broadcast", '{"channels":["a",1],"data":1}'],
  ["history", '{"channel":"a","limit":1.5}'],
  ["history", '{"channel":"a","since":{"offset":-1}}'],
  ["history", '{"channel":"a","since":5}'],
  ["disconnect", '{"user":"a","whitelist":"x"}'],
  ["subscribe", '{"user":"a","channel":"a","override":{"presence":true}}'],
  ["refresh", '{"user":"a","expire_at":"soon"}'],
];

for (const [method, body] of BAD_FIELDS) {
  Deno.test(`callApi answers ${method} of ${body} with 400`, async () => {
    const site = new Site();
    await assertRefused(await callApi(site, method, body), 400, "bad_body");
    assertEquals((await site.log.tops(["a"]))[0]?.offset, 0);
  });
}

Deno.test("callApi answers a method that there is none of with 404", async () => {
  for (const method of ["nothing", "constructor", "toString", "Publish", "__proto__"]) {
    await assertRefused(await callApi(new Site(), method), 404, "unknown_method");
  }
});

Deno.test("callApi takes an empty body for an empty object, and minds no unknown fields", async () => {
  const site = new Site();
  assertEquals(await resultOf(site, "channels", ""), { channels: {} });
  assertEquals(await resultOf(site, "channels", " \n"), { channels: {} });
  assertEquals(await resultOf(site, "channels", { pattern: null, other: [1] }), { channels: {} });
  assertEquals(await errorOf(site, "publish", ""), 107);
});

Deno.test("callApi answers nothing but 503 once the closing has begun", async () => {
  const site = new Site({ isAccepting: () => false });
  for (const method of ["publish", "broadcast", "history", "info", "batch", "nothing"]) {
    const response = await callApi(site, method, { channel: "a", data: 1 });
    assertEquals(response.headers.get("retry-after"), "1");
    await assertRefused(response, 503, "stopping");
  }
});

/** Errors, and the statuses that callers may ask for instead. */
const ERRORS: readonly (readonly [string, object, number, number])[] = [
  ["publish", { channel: "unknown:a", data: 1 }, 102, 404],
  ["publish", { channel: "a" }, 107, 400],
  ["presence", { channel: "ns:a" }, 108, 400],
  ["rpc", { method: "x" }, 108, 400],
  ["history", { channel: "a", since: { offset: 0, epoch: "other" } }, 112, 416],
  ["publish", { channel: "a", data: 2, idempotency_key: "k" }, 113, 409],
];

const NAMESPACES = { ns: { presence: false } };
const TRANSPORT = { headers: { "x-centrifugo-error-mode": "transport" } };

for (const [method, params, code, status] of ERRORS) {
  Deno.test(`callApi tells error ${code} of ${method} with 200, or ${status} if asked to`, async () => {
    for (const errorMode of ["", "transport"] as const) {
      const site = new Site({ settings: { namespaces: NAMESPACES, api: { errorMode } } });
      await resultOf(site, "publish", { channel: "a", data: 1, idempotency_key: "k" });
      const plain = await callApi(site, method, params);
      assertEquals(plain.status, errorMode === "" ? 200 : status);
      const asked = await callApi(site, method, params, TRANSPORT);
      assertEquals(asked.status, status);
      const { error } = await jsonOf(asked) as { error: { code: number } };
      assertEquals(await jsonOf(plain), { error });
      assertEquals(error.code, code);
    }
  });
}
