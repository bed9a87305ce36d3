import { assertEquals, assertMatch } from "@std/assert";
import { Authority } from "../helpers/authority.ts";
import { missingBrowser, openPage, startBrowser } from "../helpers/browser.ts";
import { freePort } from "../helpers/free_port.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";

const missing = missingBrowser();
const why = missing === undefined ? "" : ` [skipped: ${missing}]`;
/** playwright-core leaves timers and sockets of its own behind for a moment. */
const OPTIONS = { ignore: missing !== undefined, sanitizeOps: false, sanitizeResources: false };

forEachMode(
  `Console works over TLS, and comes back to a renewed certificate${why}`,
  async (mode) => {
    await using authority = await Authority.create();
    const port = freePort();
    const args = async () => [
      ...(await authority.issue()).args,
      ...["--port", `${port}`, "--data", "memory"],
    ];
    const browser = await startBrowser();
    try {
      await using first = await Midgard.start({ mode, args: await args() });
      const { page, complaints } = await openPage(
        browser,
        `https://127.0.0.1:${port}/#/channels/lobby`,
      );
      await page.waitForSelector('html[data-state="ready"]');
      // The page comes by HTTP/2, the socket by HTTP/1.1: a browser finds that out by itself.
      const hop = "performance.getEntriesByType('navigation')[0].nextHopProtocol";
      assertEquals(await page.evaluate(hop), "h2");
      assertMatch(
        await page.locator(".channel-view #snippet-js").innerText(),
        /new WebSocket\("wss:/,
      );
      assertEquals((await first.stop()).code, 0);
      await page.waitForSelector('html[data-state="away"]');
      await page.getByRole("link", { name: "Overview", exact: true }).click();
      assertMatch(await page.locator("#close-code").innerText(), /3001\s+shutdown/);
      await page.goBack();

      await using second = await Midgard.start({ mode, args: await args() });
      await page.waitForSelector('html[data-state="ready"]');
      await page.getByLabel("Message", { exact: true }).fill("after the renewal");
      await page.keyboard.press("Enter");
      await page.locator("#messages").getByText("after the renewal").waitFor();
      assertEquals(complaints, []);
      await page.close();
      assertEquals((await second.stop()).code, 0);
    } finally {
      await browser.close();
    }
  },
  OPTIONS,
);

/** Tries in a page what its policy forbids; gives the directives that stopped it. */
const TRESPASS = `(async () => {
  const stopped = new Set();
  addEventListener("securitypolicyviolation", (event) => stopped.add(event.effectiveDirective));
  const script = document.createElement("script");
  script.textContent = "globalThis.hasRun = true";
  const style = document.createElement("style");
  style.textContent = "body { display: none }";
  const base = document.createElement("base");
  base.href = "https://example.com/";
  document.head.append(script, style, base);
  const frame = document.createElement("iframe");
  frame.src = "/console";
  document.body.append(frame);
  await fetch("http://127.0.0.1:9/").catch(() => {});
  try { new WebSocket("ws://127.0.0.1:9/"); } catch {}
  for (let turn = 0; turn < 100 && stopped.size < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { hasRun: globalThis.hasRun === true, stopped: [...stopped].sort() };
})()`;

forEachMode(`Console may not do what its policy forbids${why}`, async (mode) => {
  const browser = await startBrowser();
  try {
    await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
    const { page } = await openPage(browser, `http://127.0.0.1:${server.port}/`);
    await page.waitForSelector('html[data-state="ready"]');
    assertEquals(await page.evaluate(TRESPASS), {
      hasRun: false,
      stopped: ["base-uri", "connect-src", "frame-src", "script-src-elem", "style-src-elem"],
    });
    await page.close();
    assertEquals((await server.stop()).code, 0);
  } finally {
    await browser.close();
  }
}, OPTIONS);
