/** The console in a browser: its views, what can be said against them, and what it costs. */
import { assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { missingBrowser, openPage, startBrowser } from "./browser.ts";
import type { Mode, RunningMidgard } from "./midgard.ts";
import { forEachMode, Midgard } from "./midgard.ts";

/** What a test of the console is given. */
export interface ConsoleStage {
  readonly mode: Mode;
  readonly server: RunningMidgard;
  readonly browser: Browser;
  readonly page: Page;
  /** Publishes to a channel over HTTP. */
  readonly publish: (channel: string, body: BodyInit, contentType?: string) => Promise<void>;
}

/** How the server is started, and where the page begins. */
export interface ConsoleOptions {
  readonly args?: readonly string[];
  /** @default the overview */
  readonly hash?: string;
  /** Complaints of the browser's console that the test is about. @default none */
  readonly expected?: RegExp;
}

const missing = missingBrowser();

/** A test of the console from source and compiled, which ends with nothing to complain about. */
export function testConsole(
  name: string,
  { args = [], hash = "", expected }: ConsoleOptions,
  run: (stage: ConsoleStage) => Promise<void>,
): void {
  const why = missing === undefined ? "" : ` [skipped: ${missing}]`;
  forEachMode(`${name}${why}`, async (mode) => {
    const browser = await startBrowser();
    try {
      await using server = await Midgard.start({ mode, args: ["--data", "memory", ...args] });
      const base = `http://127.0.0.1:${server.port}`;
      const { page, complaints } = await openPage(browser, `${base}/console${hash}`);
      const publish: ConsoleStage["publish"] = async (channel, body, type = "text/plain") => {
        const headers = { "content-type": type };
        const url = `${base}/channels/${encodeURIComponent(channel)}`;
        const response = await fetch(url, { method: "POST", body, headers });
        assertEquals(response.status, 200, await response.text());
      };
      await page.waitForSelector('html[data-state="ready"]');
      await run({ mode, server, browser, page, publish });
      assertEquals(complaints.filter((each) => expected?.test(each) !== true), []);
      await page.close();
      assertEquals((await server.stop()).code, 0);
    } finally {
      await browser.close();
    }
    // playwright-core leaves timers and sockets of its own behind for a moment.
  }, { ignore: missing !== undefined, sanitizeOps: false, sanitizeResources: false });
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** What axe finds in the page that is serious or worse, in words; empty if it finds nothing. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const axe = new URL("axe.min.js", import.meta.resolve("axe-core"));
  // Evaluated by the browser itself: the page's policy would let no such script in.
  if (await page.evaluate("typeof axe") === "undefined") {
    await page.evaluate(await Deno.readTextFile(axe));
  }
  const { violations }: AxeResult = await page.evaluate("axe.run(document)");
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`)
  );
}
