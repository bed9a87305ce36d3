import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeadlineExceeded, inParallel, range, sleep, waitFor, within } from "./wait.ts";

Deno.test("waitFor returns the first truthy value", async () => {
  let calls = 0;
  const value = await waitFor(() => ++calls === 3 && "there", { what: "the third call" });
  assertEquals(value, "there");
});

Deno.test("waitFor says what it waited for", async () => {
  const wait = () => waitFor(() => false, { deadlineMs: 20, what: "the moon" });
  const error = await assertRejects(wait, DeadlineExceeded);
  assertEquals(error.message, "Waited 20 ms for the moon and it did not happen");
});

Deno.test("within gives up on a promise that never settles, and explains", async () => {
  const never = new Promise<void>(() => {});
  const options = { deadlineMs: 10, what: "ever", explain: () => "nothing came" };
  const error = await assertRejects(() => within(never, options), DeadlineExceeded);
  assert(error.message.endsWith("nothing came"));
});

Deno.test("inParallel keeps the order of the items and the limit", async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel(range(20), async (item) => {
    most = Math.max(most, ++running);
    await sleep(1);
    running--;
    return item * 2;
  }, 4);
  assertEquals(results, range(20).map((item) => item * 2));
  assertEquals(most, 4);
});
