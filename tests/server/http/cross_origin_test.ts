import { assert, assertEquals } from "@std/assert";
import { assertRefused, Site } from "./site.ts";

const FOREIGN = { origin: "https://evil.com" };
const OWN = { origin: "http://midgard.test" };
const ALLOWED = { origin: "https://app.example.com" };

function site(): Site {
  return new Site({ origins: ["https://*.example.com"] });
}

for (const line of ["GET /channels", "GET /channels/a", "POST /channels/a"]) {
  const init = line.startsWith("POST") ? { body: "x" } : {};

  Deno.test(`answerWith refuses ${line} to a page of a foreign origin`, async () => {
    const response = await site().request(line, { ...init, headers: FOREIGN });
    assertEquals(response.headers.get("access-control-allow-origin"), null);
    await assertRefused(response, 403, "wrong_origin");
  });

  Deno.test(`answerWith answers ${line} to its own pages and to programs`, async () => {
    assertEquals((await site().request(line, { ...init, headers: OWN })).status, 200);
    assertEquals((await site().request(line, init)).status, 200);
  });

  Deno.test(`answerWith lets a page of an allowed origin read its answer to ${line}`, async () => {
    const response = await site().request(line, { ...init, headers: ALLOWED });
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("access-control-allow-origin"), ALLOWED.origin);
    assert(response.headers.get("vary")?.toLowerCase().includes("origin"));
  });
}

Deno.test("answerWith stores nothing that a page of a foreign origin publishes", async () => {
  const there = site();
  await there.request("POST /channels/a", { body: "x", headers: FOREIGN });
  assertEquals((await there.log.tops(["a"]))[0]?.offset, 0);
});

Deno.test("answerWith lets a browser ask what a page of an allowed origin may do", async () => {
  const headers = {
    ...ALLOWED,
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,idempotency-key",
  };
  const response = await site().request("OPTIONS /channels/a", { headers });
  assertEquals(response.status, 204);
  assertEquals(response.headers.get("access-control-allow-origin"), ALLOWED.origin);
  assertEquals(response.headers.get("access-control-allow-methods"), "GET,HEAD,POST");
  assertEquals(response.headers.get("access-control-max-age"), "600");
});

Deno.test("answerWith tells a browser nothing for a page of a foreign origin", async () => {
  const headers = { ...FOREIGN, "access-control-request-method": "POST" };
  const response = await site().request("OPTIONS /channels/a", { headers });
  await assertRefused(response, 403, "wrong_origin");
});

Deno.test("answerWith lets refusals be read by pages of allowed origins too", async () => {
  const response = await site().request("GET /channels/a%20b", { headers: ALLOWED });
  assertEquals(response.headers.get("access-control-allow-origin"), ALLOWED.origin);
  await assertRefused(response, 400, "bad_channel");
});
