import { assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { keepScreenshot, missingBrowser, openPage, startBrowser } from "../helpers/browser.ts";
import { freePort } from "../helpers/free_port.ts";
import type { Mode, RunningMidgard } from "../helpers/midgard.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { range, waitFor } from "../helpers/wait.ts";

const missing = missingBrowser();
const why = missing === undefined ? "" : ` [skipped: ${missing}]`;
/** playwright-core leaves timers and sockets of its own behind for a moment. */
const OPTIONS = { ignore: missing !== undefined, sanitizeOps: false, sanitizeResources: false };

async function publishByForm(page: Page, message: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(message);
  await page.keyboard.press("Enter");
  await page.locator("#publish-result").getByText(/^Stored at offset/).waitFor();
}

async function publishByHttp({ port }: RunningMidgard, numbers: readonly number[]): Promise<void> {
  for (const n of numbers) {
    const url = `http://127.0.0.1:${port}/channels/lobby`;
    await (await fetch(url, { method: "POST", body: `n${n}` })).body?.cancel();
  }
}

/** What the page counts of the channel: the offset that it has come to, gaps and repeats. */
function counted(page: Page): Promise<string[]> {
  const facts = ["offset", "missing", "repeated"];
  return Promise.all(facts.map((name) => page.locator(`#fact-${name}`).innerText()));
}

async function untilCounted(page: Page, offset: number): Promise<void> {
  let facts: string[] = [];
  await waitFor(async () => (facts = await counted(page))[0] === String(offset), {
    what: `the page to come to ${offset}`,
    explain: () => `${facts}`,
  });
  assertEquals(facts, [String(offset), "0", "0"], "offset, gaps, repeats");
}

/** Clients that take their time to be closed, so that there is a draining to be seen. */
async function crowd(port: number): Promise<void> {
  await Promise.all(
    range(20).map(() => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/channels/crowd`);
      return new Promise((resolve) => socket.onopen = resolve);
    }),
  );
}

async function seesItAway(page: Page, mode: Mode): Promise<void> {
  await page.waitForSelector('html[data-state="away"]');
  assertMatch(await page.locator("#close-code").innerText(), /3001\s+shutdown/);
  await keepScreenshot(page, `console-away-${mode}`);
}

async function seesNothingLost(page: Page, news: string): Promise<void> {
  const timeline = page.locator("#timeline");
  await timeline.getByText(news).waitFor();
  await timeline.getByText(/^back after [\d,.]+ (ms|s)$/).waitFor();
  await timeline.getByText(/lobby: \d+ missed and recovered, 0 lost, 0 repeated/).waitFor();
}

async function seesARestart(mode: Mode): Promise<void> {
  const cwd = await Deno.makeTempDir();
  const args = ["--port", `${freePort()}`, "--drain-delay", "1500ms"];
  const browser = await startBrowser();
  try {
    await using first = await Midgard.start({ mode, args, cwd });
    await crowd(first.port);
    const url = `http://127.0.0.1:${first.port}/#/channels/lobby`;
    const { page, complaints } = await openPage(browser, url);
    await page.waitForSelector('html[data-state="ready"]');
    await publishByForm(page, '{"hello":"world"}');
    await publishByHttp(first, range(9));
    await untilCounted(page, 10);
    await page.getByRole("link", { name: "Overview", exact: true }).click();

    first.signal("SIGINT");
    await page.waitForSelector('html[data-state="draining"]');
    assertMatch(await page.locator("#drain-text").innerText(), /^\d+ of 21 connections closed$/);
    await keepScreenshot(page, `console-draining-${mode}`);
    await seesItAway(page, mode);
    assertEquals((await first.exit()).code, 0);

    await using second = await Midgard.start({ mode, args, cwd });
    await publishByHttp(second, range(30));
    await page.waitForSelector('html[data-state="ready"]');
    await seesNothingLost(page, `new process ${second.pid}, was ${first.pid}`);
    await keepScreenshot(page, `console-back-${mode}`);
    await page.goBack();
    await untilCounted(page, 40);
    await publishByForm(page, "after the restart");
    await untilCounted(page, 41);
    assertEquals(complaints, []);
    await page.close();
    assertEquals((await second.stop("SIGTERM")).code, 0);
  } finally {
    await browser.close();
    await Deno.remove(cwd, { recursive: true });
  }
}

forEachMode(
  `Console shows a stop, the way back, and that nothing is lost${why}`,
  seesARestart,
  OPTIONS,
);
