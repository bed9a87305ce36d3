/** Debian's Chromium, driven by playwright-core. */
import fs from "node:fs";
import type { Browser, Page } from "playwright-core";
import { ROOT } from "./midgard.ts";

const EXECUTABLE = "/usr/bin/chromium";

/** Why there is no browser to test with; undefined if there is one. */
export function missingBrowser(): string | undefined {
  try {
    Deno.statSync(EXECUTABLE);
    return undefined;
  } catch {
    return `${EXECUTABLE} is not installed (apt-get install chromium)`;
  }
}

/** Quiet, and without the outside world. */
const ARGS = [
  "--no-sandbox",
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts a browser; close it when done. */
export async function startBrowser(): Promise<Browser> {
  hideProc();
  const { chromium } = await import("playwright-core");
  return await chromium.launch({ executablePath: EXECUTABLE, args: ARGS });
}

/** While it loads, the library looks into /proc, which would need every permission there is. */
function hideProc(): void {
  const exists = fs.existsSync;
  fs.existsSync = (path) => !String(path).startsWith("/proc/") && exists(path);
}

/** A page and everything it complained about. */
export interface WatchedPage {
  readonly page: Page;
  /** Console errors and uncaught exceptions, without the failed attempts to come back. */
  readonly complaints: string[];
}

/** Opens a page and listens to its console. */
export async function openPage(browser: Browser, url: string): Promise<WatchedPage> {
  const page = await browser.newPage({
    viewport: { width: 1_280, height: 800 },
    // A test's certificates are signed by nobody that a browser knows.
    ignoreHTTPSErrors: true,
  });
  const complaints: string[] = [];
  page.on("console", (message) => {
    const isExpected = /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/.test(
      message.text(),
    );
    if (message.type() === "error" && !isExpected) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

/** Keeps a picture of the page for people to look at; not committed. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${ROOT}test-artifacts/${name}.png` });
}
