import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { missingBrowser, openPage, startBrowser } from "../helpers/browser.ts";
import { freePort } from "../helpers/free_port.ts";
import type { Mode, RunningMidgard } from "../helpers/midgard.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { range, waitFor } from "../helpers/wait.ts";

const missing = missingBrowser();
const why = missing === undefined ? "" : ` [skipped: ${missing}]`;

/** Clients on the page, all at once; those with Protobuf have bytes for payloads. */
const WAYS = ["websocket", "http_stream", "sse", "websocket-protobuf", "http_stream-protobuf"];

/** A page with both browser builds of the client, which tells what its clients hear. */
const PAGE = `<!doctype html>
<link rel="icon" href="data:,">
<script src="centrifuge.js"></script>
<script>const Plain = Centrifuge;</script>
<script src="centrifuge.protobuf.js"></script>
<script>
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
  const clients = {};
  const told = {};
  function start(way) {
    const [transport, encoding] = way.split("-");
    const scheme = transport === "websocket" ? "ws" : "http";
    const endpoint = scheme + "://" + location.host + "/connection/" + transport;
    // Long enough to be published to while it is away.
    const options = { minReconnectDelay: 1500, maxReconnectDelay: 2000 };
    const client = new (encoding ? Centrifuge : Plain)([{ transport, endpoint }], options);
    const subscription = client.newSubscription(way);
    const heard = told[way] = { values: [], offsets: [], recovered: [], connecting: [], ended: [] };
    subscription.on("publication", ({ data, offset }) => {
      heard.values.push(encoding ? JSON.parse(decoder.decode(data)) : data);
      heard.offsets.push(offset);
    });
    subscription.on("subscribed", ({ recovered }) => heard.recovered.push(recovered));
    client.on("connecting", ({ code, reason }) => heard.connecting.push(code + " " + reason));
    client.on("disconnected", ({ code }) => heard.ended.push(code));
    subscription.on("unsubscribed", ({ code }) => heard.ended.push(code));
    subscription.subscribe();
    client.connect();
    const publish = (value) =>
      subscription.publish(encoding ? encoder.encode(JSON.stringify(value)) : value);
    clients[way] = { publish };
  }
</script>`;

/** What one client on the page has heard. */
interface Heard {
  readonly values: unknown[];
  readonly offsets: number[];
  /** Of each time that it subscribed. */
  readonly recovered: boolean[];
  readonly connecting: string[];
  /** Codes with which it or its subscription ended for good. */
  readonly ended: number[];
}

function heardOn(page: Page): Promise<Record<string, Heard>> {
  return page.evaluate("told");
}

/** Waits until every client has heard so many publications, and subscribed so many times. */
async function untilAllHeard(page: Page, count: number, times: number): Promise<void> {
  let all: Record<string, Heard> = {};
  await waitFor(async () => {
    all = await heardOn(page);
    return WAYS.every((way) =>
      all[way]!.values.length >= count && all[way]!.recovered.length >= times
    );
  }, {
    deadlineMs: 20_000,
    what: `all to hear ${count} publications and to be subscribed ${times} times`,
    explain: () => JSON.stringify(all, null, 1),
  });
}

async function publishFromPage(page: Page, n: number): Promise<void> {
  await page.evaluate(
    `Promise.all(Object.values(clients).map(({ publish }) => publish({ n: ${n} })))`,
  );
}

async function publishFromOutside({ port }: RunningMidgard, n: number): Promise<void> {
  const channels = WAYS;
  const body = JSON.stringify({ channels, data: { n } });
  const response = await fetch(`http://127.0.0.1:${port}/api/broadcast`, { method: "POST", body });
  const { result } = await response.json();
  assertEquals(result.responses.length, channels.length);
}

/** A folder with the page and the client's browser builds, as the npm package has them. */
async function makePage(folder: string): Promise<void> {
  const dist = new URL("../dist/", import.meta.resolve("centrifuge"));
  for (const name of ["centrifuge.js", "centrifuge.protobuf.js"]) {
    await Deno.copyFile(new URL(name, dist), `${folder}/${name}`);
  }
  await Deno.writeTextFile(`${folder}/index.html`, PAGE);
}

/** Every client has heard all from 1 on, once and in order, over a stop and a kill. */
async function assertHeardAll(page: Page, count: number): Promise<void> {
  const heard = await heardOn(page);
  const numbers = range(count).map((index) => index + 1);
  for (const way of WAYS) {
    const { values, offsets, recovered, connecting, ended } = heard[way]!;
    assertEquals(values, numbers.map((n) => ({ n })), way);
    assertEquals(offsets, numbers, way);
    assertEquals([recovered, ended], [[false, true, true], []], way);
    assertEquals(connecting[1], "3001 shutdown", way);
  }
}

async function recoversOverRestarts(mode: Mode): Promise<void> {
  const folder = await Deno.makeTempDir();
  const cwd = await Deno.makeTempDir();
  await makePage(folder);
  const port = freePort();
  const start = () => Midgard.start({ mode, cwd, args: ["--port", `${port}`, "--public", folder] });
  const browser = await startBrowser();
  try {
    await using first = await start();
    const { page, complaints } = await openPage(browser, `http://127.0.0.1:${port}/`);
    await page.evaluate(`${JSON.stringify(WAYS)}.forEach(start)`);
    await untilAllHeard(page, 0, 1);
    await publishFromPage(page, 1);
    await publishFromOutside(first, 2);
    await untilAllHeard(page, 2, 1);

    assertEquals((await first.stop("SIGINT")).code, 0);
    await using second = await start();
    for (const n of [3, 4, 5]) await publishFromOutside(second, n);
    await untilAllHeard(page, 5, 2);
    await publishFromPage(page, 6);
    await untilAllHeard(page, 6, 2);
    assertEquals(complaints, []);

    await second.stop("SIGKILL");
    await using third = await start();
    for (const n of [7, 8]) await publishFromOutside(third, n);
    await untilAllHeard(page, 8, 3);
    await publishFromPage(page, 9);
    await untilAllHeard(page, 9, 3);
    await assertHeardAll(page, 9);
    await page.close();
    assertEquals((await third.stop("SIGTERM")).code, 0);
  } finally {
    await browser.close();
    for (const each of [folder, cwd]) await Deno.remove(each, { recursive: true });
  }
}

// playwright-core leaves timers and sockets of its own behind for a moment.
forEachMode(
  `Centrifuge client in a browser recovers over a stop and a kill${why}`,
  recoversOverRestarts,
  { ignore: missing !== undefined, sanitizeOps: false, sanitizeResources: false },
);
