import { assertEquals } from "@std/assert";
import { freePort } from "../helpers/free_port.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { waitFor } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";

/** Status and body of an answer; undefined if nobody answers. */
async function get(
  port: number,
  path: string,
): Promise<[number, Record<string, unknown>] | undefined> {
  const url = `http://127.0.0.1:${port}${path}`;
  const response = await fetch(url).catch(() => undefined);
  if (response === undefined) return undefined;
  assertEquals(response.headers.get("x-content-type-options"), "nosniff", path);
  return [response.status, await response.json()];
}

forEachMode("a server that waits for its history is alive and not ready", async (mode) => {
  await using folder = new DataFolder();
  await using first = await Midgard.start({ mode, cwd: folder.path });
  const port = freePort();
  const args = ["--port", String(port), "--bind-timeout", "20s"];
  await using second = Midgard.spawn({ mode, cwd: folder.path, args });
  const [status, health] = await waitFor(() => get(port, "/healthz"), { what: "an answer" });
  assertEquals([status, health["status"], health["pid"]], [200, "starting", second.pid]);
  assertEquals(await get(port, "/readyz"), [503, { status: "starting" }]);
  const [refused, { error }] = await get(port, "/channels/a") ?? [0, {}];
  assertEquals([refused, (error as { code: string }).code], [503, "starting"]);
  assertEquals((await first.stop()).code, 0);
  await second.ready;
  assertEquals((await get(port, "/readyz"))?.[0], 200);
  const scraped = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  // What was refused before there were metrics is counted all the same.
  assertEquals(
    /midgard_refusals_total\{status="503",reason="starting"\} (\d+)/.exec(scraped)?.[1],
    "1",
  );
  assertEquals((await second.stop()).code, 0);
});
