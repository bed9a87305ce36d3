import { assertEquals, assertRejects } from "@std/assert";
import { Access } from "../../../server/console/access.js";
import { readEvents } from "../../../server/console/event_feed.js";

/** Answers every request by `answer` until it is disposed of; gives the keys that were shown. */
function answering(answer: () => Response): { readonly keys: (string | null)[] } & Disposable {
  const [before, keys] = [globalThis.fetch, [] as (string | null)[]];
  globalThis.fetch = (_input, init) => {
    // As a browser does it: what no header can hold is an error of the call.
    const headers = new Headers(init?.headers);
    keys.push(headers.get("x-api-key"));
    return Promise.resolve(answer());
  };
  return { keys, [Symbol.dispose]: () => void (globalThis.fetch = before) };
}

const RIGHT = { key: "right", api: true, channels: true, connect: true };

Deno.test("Access keeps no key that nobody could be asked about", async () => {
  let answer = () => Response.json(RIGHT);
  using asked = answering(() => answer());
  const access = new Access();
  assertEquals(await access.signIn("good"), true);
  assertEquals(await access.signIn("schl\u00fcssel \u{1f511}"), false);
  answer = () => new Response("", { status: 502 });
  await assertRejects(() => access.signIn("other"));
  answer = () => Response.json(RIGHT);
  await access.refresh();
  assertEquals(asked.keys, ["good", "other", "good"]);
  await access.signOut();
  assertEquals([access.hasKey, asked.keys.at(-1)], [false, null]);
});

Deno.test("readEvents comes back after 429, and not after 403", async () => {
  const statuses = [429, 403, 403];
  using _ = answering(() => new Response("{}", { status: statuses.shift() ?? 500 }));
  const access = new Access();
  const told: string[] = [];
  await new Promise<void>((resolve) => {
    readEvents(access, "a", ({ type }: { readonly type: string }) => {
      told.push(type);
      if (type === "refused") resolve();
    });
  });
  assertEquals([told, statuses], [["away", "refused"], [403]]);
});
