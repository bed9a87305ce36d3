/** The runtime's own OpenTelemetry: what it exports of this server, and when. */
import { assert, assertEquals } from "@std/assert";
import { Midgard, ROOT, type RunningMidgard } from "../helpers/midgard.ts";
import { OtlpCollector } from "../helpers/otlp_collector.ts";
import { freePort } from "../helpers/free_port.ts";
import { waitFor } from "../helpers/wait.ts";

const PAYLOAD = "a payload that is nobody's business";

async function publish({ port }: RunningMidgard): Promise<void> {
  const init = { method: "POST", body: PAYLOAD };
  await (await fetch(`http://127.0.0.1:${port}/channels/a`, init)).text();
}

/** Spans of requests and metrics of the runtime arrive, with no payload in them. */
async function assertExported(collector: OtlpCollector): Promise<void> {
  const explain = () => collector.text().slice(0, 2_000);
  const arrives = (path: string, text: RegExp) =>
    waitFor(() => text.test(collector.text(path)), { what: `${text} at ${path}`, explain });
  await arrives("/v1/traces", /"url\.path"/);
  await arrives("/v1/traces", /"\/channels\/a"/);
  await arrives("/v1/metrics", /"http\.server\.request\.duration"/);
  await arrives("/v1/metrics", /"v8js\.memory\.heap\.limit"/);
  for (const text of [/"service\.name"/, /"midgard"/]) await arrives("/v1/traces", text);
  assert(!collector.text().includes(PAYLOAD), "a payload was exported");
  assertEquals(collector.text("/v1/logs"), "");
}

Deno.test("OTEL_DENO=true exports spans and metrics, with the permissions as they are (source)", async () => {
  await using collector = new OtlpCollector();
  await using server = await Midgard.start({ env: collector.env, args: ["--data", "memory"] });
  await publish(server);
  await assertExported(collector);
  assertEquals((await server.stop()).code, 0);
  assertEquals(server.log.invalid, []);
});

Deno.test("OTEL_DENO=true with no collector there disturbs nothing (source)", async () => {
  await using collector = new OtlpCollector();
  const env = {
    ...collector.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${freePort()}`,
  };
  await using server = await Midgard.start({ env, args: ["--data", "memory"] });
  await publish(server);
  assertEquals((await server.stop()).code, 0);
  assertEquals(server.log.of("internal_error"), []);
});

Deno.test("an executable that was built without OTEL_DENO exports nothing", async () => {
  await using collector = new OtlpCollector();
  const args = ["--data", "memory"];
  await using server = await Midgard.start({ mode: "compiled", env: collector.env, args });
  await publish(server);
  // The end flushes whatever there is to export.
  assertEquals((await server.stop()).code, 0);
  assertEquals(collector.text(), "");
});

Deno.test("an executable that was built with OTEL_DENO=true exports spans and metrics", async () => {
  await using collector = new OtlpCollector();
  const output = `${ROOT}.build/midgard-otel`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "compile", "--output", output],
    ...{ cwd: ROOT, env: { OTEL_DENO: "true" } },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const args = ["--data", "memory"];
  await using server = await Midgard.start({ binary: output, env: collector.env, args });
  await publish(server);
  await assertExported(collector);
  assertEquals((await server.stop()).code, 0);
});
