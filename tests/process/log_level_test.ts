import { assertEquals } from "@std/assert";
import { type RunningMidgard } from "../helpers/midgard.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { waitFor } from "../helpers/wait.ts";

async function callLogLevel(server: RunningMidgard, body: string): Promise<unknown> {
  const url = `http://127.0.0.1:${server.port}/api/log_level`;
  return await (await fetch(url, { method: "POST", body })).json();
}

/** Asks for something that there is not; at debug level that is a line. */
async function refusals(server: RunningMidgard): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${server.port}/nothing`);
  await response.body?.cancel();
  return server.log.of("request_refused").length;
}

forEachMode("SIGUSR2 turns debug lines on, and off again", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
  assertEquals(await refusals(server), 0);
  for (const [index, level] of ["debug", "info", "debug"].entries()) {
    server.signal("SIGUSR2");
    await waitFor(() => server.log.of("log_level").length === index + 1, { what: level });
    const { to, by } = server.log.of("log_level")[index] ?? {};
    assertEquals([to, by], [level, "SIGUSR2"]);
    const before = server.log.of("request_refused").length;
    await refusals(server);
    if (level === "info") continue;
    await waitFor(() => server.log.of("request_refused").length > before, { what: "a line" });
  }
  assertEquals(server.log.of("request_refused").length, 2);
  const [line] = server.log.of("request_refused");
  assertEquals([line?.["status"], line?.["reason"]], [404, "not_found"]);
  assertEquals((await server.stop()).code, 0);
});

forEachMode("log_level of the server API tells and changes the level", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
  assertEquals(await callLogLevel(server, "{}"), { result: { level: "info" } });
  assertEquals(await callLogLevel(server, '{"level":"debug"}'), { result: { level: "debug" } });
  assertEquals(await callLogLevel(server, "{}"), { result: { level: "debug" } });
  await refusals(server);
  await waitFor(() => server.log.of("request_refused").length === 1, { what: "a line" });
  const bad = await callLogLevel(server, '{"level":"loud"}');
  assertEquals(bad, { error: { code: 107, message: "bad request" } });
  assertEquals(await callLogLevel(server, '{"level":"warning"}'), { result: { level: "warning" } });
  await refusals(server);
  assertEquals((await server.stop()).code, 0);
  assertEquals(server.log.of("request_refused").length, 1);
  assertEquals(server.log.of("log_level").map(({ to }) => to), ["debug", "warning"]);
  assertEquals(server.log.of("stopped"), []);
});
