import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { keepScreenshot, missingBrowser, openPage, startBrowser } from "../helpers/browser.ts";
import { freePort } from "../helpers/free_port.ts";
import type { Mode } from "../helpers/midgard.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";

const missing = missingBrowser();
const why = missing === undefined ? "" : ` [skipped: ${missing}]`;

function text(page: Page, selector: string): Promise<string> {
  return page.locator(selector).innerText();
}

async function publishByForm(page: Page, message: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(message);
  await page.keyboard.press("Enter");
}

async function seesAStopAndComesBack(mode: Mode): Promise<void> {
  const port = freePort();
  const args = ["--port", `${port}`, "--data", "memory"];
  const browser = await startBrowser();
  try {
    await using first = await Midgard.start({ mode, args });
    const { page, complaints } = await openPage(browser, `http://127.0.0.1:${port}/`);
    await page.waitForSelector('html[data-state="connected"]');

    await publishByForm(page, '{"hello":"world"}');
    const body = "<script>document.title='run'</script>";
    await (await fetch(`http://127.0.0.1:${port}/channels/lobby`, { method: "POST", body })).text();
    await page.locator("#message-list .message").nth(1).waitFor();
    assertMatch(await text(page, "#message-list"), /<script>document/);
    assert(await page.title() !== "run", "a payload was run");
    await keepScreenshot(page, `console-connected-${mode}`);

    assertEquals((await first.stop("SIGINT")).code, 0);
    await page.waitForSelector('html[data-state="away"]');
    assertMatch(await text(page, "#close-code"), /1001\s+server stopping/);
    await keepScreenshot(page, `console-away-${mode}`);

    await using second = await Midgard.start({ mode, args });
    await page.waitForSelector('html[data-state="connected"]');
    await page.locator("#timeline").getByText(/back after/).waitFor();
    await page.locator("#timeline").getByText(`new process ${second.pid}, was ${first.pid}`)
      .waitFor();
    await publishByForm(page, "after the restart");
    await page.locator("#message-list").getByText("after the restart").waitFor();
    await keepScreenshot(page, `console-back-${mode}`);

    assertEquals(complaints, []);
    await page.close();
    const exit = await second.stop("SIGTERM");
    assertEquals(exit.code, 0);
  } finally {
    await browser.close();
  }
}

// playwright-core leaves timers and sockets of its own behind for a moment.
forEachMode(`Console shows a stop and the way back${why}`, seesAStopAndComesBack, {
  ignore: missing !== undefined,
  sanitizeOps: false,
  sanitizeResources: false,
});

forEachMode(`Console works on a phone, from a deep link${why}`, async (mode) => {
  const browser = await startBrowser();
  try {
    await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
    const url = `http://127.0.0.1:${server.port}/console#channel=news%3Asport`;
    const { page, complaints } = await openPage(browser, url);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.waitForSelector('html[data-state="connected"]');
    assertEquals(await page.getByLabel("Channel", { exact: true }).inputValue(), "news:sport");
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    assertEquals(overflow, 0, "the page is wider than the phone");
    await keepScreenshot(page, `console-phone-${mode}`);
    assertEquals(complaints, []);
    await page.close();
    assertEquals((await server.stop()).code, 0);
  } finally {
    await browser.close();
  }
}, { ignore: missing !== undefined, sanitizeOps: false, sanitizeResources: false });
