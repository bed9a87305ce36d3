import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Disconnect, Refusal } from "../../server/errors.ts";
import { DISCONNECTS, REFUSALS } from "../../server/errors.ts";

const ROWS: readonly (readonly [string, Refusal])[] = Object.entries(REFUSALS);
const CLOSES: readonly (readonly [string, Disconnect])[] = Object.entries(DISCONNECTS);

Deno.test("REFUSALS gives each refusal a code of its own", () => {
  assertEquals(new Set(ROWS.map(([, { code }]) => code)).size, ROWS.length);
});

Deno.test("REFUSALS names its rows after their codes", () => {
  for (const [name, { code }] of ROWS) {
    assertEquals(code, name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  }
});

Deno.test("REFUSALS explains each refusal in one sentence without a full stop", () => {
  for (const [name, { message }] of ROWS) assertMatch(message, /^\S.{10,}[^.]$/, name);
});

Deno.test("REFUSALS has a status that says whose mistake it is", () => {
  for (const [name, { status }] of ROWS) assert(status >= 400 && status <= 599, name);
  const own = ROWS.filter(([, { status }]) => status >= 500).map(([, { status }]) => status);
  assertEquals(new Set(own), new Set([500, 503]));
});

const STATUSES: Readonly<Record<string, number>> = {
  wrongHost: 403,
  badChannel: 400,
  badBody: 400,
  wrongOrigin: 403,
  notFound: 404,
  wrongMethod: 405,
  keyConflict: 409,
  tooLarge: 413,
  upgradeNeeded: 426,
  stopping: 503,
  full: 503,
};

for (const [name, status] of Object.entries(STATUSES)) {
  Deno.test(`REFUSALS.${name} has the status ${status} that was promised`, () => {
    assertEquals(ROWS.find(([row]) => row === name)?.[1].status, status);
  });
}

Deno.test("DISCONNECTS has reasons that fit into a Close frame", () => {
  for (const [name, { reason }] of CLOSES) {
    const bytes = new TextEncoder().encode(reason).length;
    assert(bytes > 0 && bytes <= 123, `${name}: ${bytes} bytes`);
  }
});

Deno.test("DISCONNECTS can tell any two rows apart on the wire", () => {
  assertEquals(
    new Set(CLOSES.map(([, { code, reason }]) => `${code} ${reason}`)).size,
    CLOSES.length,
  );
});

Deno.test("DISCONNECTS has only codes that may be sent", () => {
  for (const [name, { code }] of CLOSES) {
    const isRegistered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
    assert(isRegistered || (code >= 3000 && code <= 4999), `${name}: ${code}`);
  }
});

Deno.test("DISCONNECTS keeps the codes that were promised", () => {
  const { stopping, tooLarge, tooSlow, tooFast, tooMany } = DISCONNECTS;
  assertEquals([stopping.code, stopping.reason], [1001, "server stopping"]);
  assertEquals([tooLarge.code, tooSlow.code, tooFast.code], [1009, 1013, 1013]);
  assertEquals(tooMany.code, 1013);
});
