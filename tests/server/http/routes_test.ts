import { assert, assertEquals, assertMatch } from "@std/assert";
import { StaticFiles } from "../../../server/http/mod.ts";
import { assertRefused, jsonOf, Site } from "./site.ts";

const ALLOWED: Readonly<Record<string, string>> = {
  "/healthz": "GET, HEAD",
  "/metrics": "GET, HEAD",
  "/readyz": "GET, HEAD",
  "/channels": "GET, HEAD",
  "/channels/lobby": "GET, HEAD, POST",
  "/console": "GET, HEAD",
  "/console/console.js": "GET, HEAD",
};

for (const [path, allow] of Object.entries(ALLOWED)) {
  for (const method of ["DELETE", "PUT", "PATCH"]) {
    Deno.test(`answerWith refuses ${method} ${path} and says what works there`, async () => {
      const response = await new Site().request(`${method} ${path}`);
      assertEquals(response.headers.get("allow"), allow);
      await assertRefused(response, 405, "wrong_method");
    });
  }
}

for (const path of ["/healthz", "/readyz", "/channels", "/console"]) {
  Deno.test(`answerWith refuses POST ${path}`, async () => {
    const response = await new Site().request(`POST ${path}`, { body: "x" });
    assertEquals(response.headers.get("allow"), "GET, HEAD");
    await assertRefused(response, 405, "wrong_method");
  });

  Deno.test(`answerWith answers HEAD ${path} as GET without a body`, async () => {
    const response = await new Site().request(`HEAD ${path}`);
    assertEquals([response.status, await response.text()], [200, ""]);
  });
}

for (
  const path of [
    "/nothing",
    "/channels/a/b",
    "/Channels",
    "/console/missing.js",
    "/api",
    "/index.html",
  ]
) {
  Deno.test(`answerWith has nothing at ${path}`, async () => {
    await assertRefused(await new Site().request(`GET ${path}`), 404, "not_found");
  });
}

Deno.test("answerWith has nothing at an unknown address whatever the method", async () => {
  for (const method of ["POST", "DELETE", "OPTIONS"]) {
    await assertRefused(await new Site().request(`${method} /nothing`), 404, "not_found");
  }
});

Deno.test("answerWith tells nothing of the inside when something breaks", async () => {
  const error = new Error("secret: /home/me/midgard.db is corrupt");
  const details = () => {
    throw error;
  };
  const site = new Site({ health: { details } });
  const response = await site.request("GET /healthz");
  assert(!JSON.stringify(await jsonOf(response.clone())).includes("secret"));
  assert(!JSON.stringify([...response.headers]).includes("secret"));
  await assertRefused(response, 500, "internal");
  assertEquals(site.errors, [error]);
});

Deno.test("answerWith says in every 503 when to come back", async () => {
  const site = new Site({ isAccepting: () => false });
  const response = await site.request("POST /channels/a", { body: "x" });
  assertEquals(response.headers.get("retry-after"), "1");
  await assertRefused(response, 503, "stopping");
});

Deno.test("answerWith shows the console at / and at /console", async () => {
  const site = new Site();
  const pages = [await site.request("GET /"), await site.request("GET /console")];
  for (const page of pages) {
    assertEquals(page.headers.get("content-type"), "text/html; charset=utf-8");
    assertMatch(await page.text(), /<html/i);
  }
});

for (const path of ["/console/console.css", "/console/console.js", "/console/connection.js"]) {
  Deno.test(`answerWith serves ${path} with its type`, async () => {
    const response = await new Site().request(`GET ${path}`);
    const type = path.endsWith("css") ? "text/css" : "text/javascript";
    assertEquals(response.headers.get("content-type"), `${type}; charset=utf-8`);
    assert((await response.text()).length > 1_000);
  });
}

Deno.test("answerWith lets the console load nothing from elsewhere and be framed by nobody", async () => {
  const { headers } = await new Site().request("GET /console");
  const policy = headers.get("content-security-policy") ?? "";
  assert(policy.includes("default-src 'none'") && policy.includes("frame-ancestors 'none'"));
  assert(!policy.includes("unsafe"), policy);
  assertEquals(headers.get("x-frame-options"), "DENY");
  assertEquals(headers.get("referrer-policy"), "no-referrer");
});

/** A site that serves a folder. */
async function withFolder(prove: (site: Site) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "midgard_" });
  await Deno.writeTextFile(`${folder}/index.html`, "my page");
  await Deno.mkdir(`${folder}/channels`);
  await Deno.writeTextFile(`${folder}/channels/index.html`, "in the way");
  await Deno.writeTextFile(`${folder}/healthz`, "in the way");
  await prove(new Site({ files: await StaticFiles.open(folder) }));
  await Deno.remove(folder, { recursive: true });
}

Deno.test("answerWith serves files at / where there are some, and the console at /console", () =>
  withFolder(async (site) => {
    assertEquals(await (await site.request("GET /")).text(), "my page");
    assertMatch(await (await site.request("GET /console")).text(), /<html/i);
    await assertRefused(await site.request("GET /missing"), 404, "not_found");
  }));

Deno.test("answerWith lets no file take the place of a route", () =>
  withFolder(async (site) => {
    assertEquals((await jsonOf(await site.request("GET /healthz")))["status"], "ready");
    assertEquals((await jsonOf(await site.request("GET /channels")))["total"], 0);
  }));

Deno.test("answerWith tells this machine who the server is and what it does", async () => {
  const health = await jsonOf(await new Site().request("GET /healthz"));
  assertEquals(Object.keys(health), ["status", "uptime_s", "version", "pid", "connections"]);
  assertEquals([health["status"], health["pid"], health["connections"]], ["ready", Deno.pid, 7]);
});

Deno.test("answerWith tells others only that the server lives", async () => {
  const response = await new Site().request("GET /healthz", { from: "192.168.1.9" });
  assertEquals(Object.keys(await jsonOf(response)), ["status", "uptime_s"]);
});

Deno.test("answerWith counts the uptime from the start", async () => {
  const startedAt = performance.now() - 12_340;
  const { uptime_s } = await jsonOf(
    await new Site({ health: { startedAt } }).request("GET /healthz"),
  );
  assert(typeof uptime_s === "number" && uptime_s >= 12.3 && uptime_s < 14, `${uptime_s} s`);
});

for (
  const [state, status] of Object.entries({
    starting: 503,
    ready: 200,
    draining: 503,
    closing: 503,
  })
) {
  Deno.test(`answerWith answers /readyz with ${status} while ${state}, and /healthz with 200`, async () => {
    const site = new Site({ health: { state: () => state } });
    const [ready, health] = [await site.request("GET /readyz"), await site.request("GET /healthz")];
    assertEquals([ready.status, health.status], [status, 200]);
    assertEquals((await jsonOf(ready))["status"], state);
    assertEquals(ready.headers.get("cache-control"), "no-store");
    await health.body?.cancel();
  });
}

Deno.test("answerWith refuses POST / and says what works there", async () => {
  const response = await new Site().request("POST /", { body: "x" });
  assertEquals(response.headers.get("allow"), "GET, HEAD");
  await assertRefused(response, 405, "wrong_method");
});

for (const line of ["GET /healthz/", "GET /channels/", "GET /channels/a/", "POST /channels/a/"]) {
  Deno.test(`answerWith has nothing at ${line}`, async () => {
    const init = line.startsWith("POST") ? { body: "x" } : {};
    await assertRefused(await new Site().request(line, init), 404, "not_found");
  });
}
