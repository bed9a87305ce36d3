/** Each example as somebody sees it who starts it, stops it and starts it again. */
import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { keepScreenshot, missingBrowser, openPage, startBrowser } from "../helpers/browser.ts";
import { ExampleProcess } from "../helpers/example_process.ts";
import { freePort } from "../helpers/free_port.ts";
import { waitFor } from "../helpers/wait.ts";

const missing = missingBrowser();
const why = missing === undefined ? "" : ` [skipped: ${missing}]`;

/** What an example needs around it. */
interface Scene {
  readonly browser: Browser;
  readonly url: string;
  readonly start: () => Promise<ExampleProcess>;
}

function testExample(name: string, sentence: string, test: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name: `The example ${name} ${sentence}${why}`,
    // playwright-core leaves timers and sockets of its own behind for a moment.
    ...{ ignore: missing !== undefined, sanitizeOps: false, sanitizeResources: false },
    async fn() {
      const port = freePort();
      const cwd = await Deno.makeTempDir();
      const browser = await startBrowser();
      try {
        const start = () => ExampleProcess.start(name, { port, cwd });
        await test({ browser, url: `http://127.0.0.1:${port}`, start });
      } finally {
        await browser.close();
        await Deno.remove(cwd, { recursive: true });
      }
    },
  });
}

/** The failed attempts to come back are part of being away. */
function assertNoComplaints(complaints: readonly string[]): void {
  assertEquals(complaints.filter((text) => !/Failed to load resource|ERR_/.test(text)), []);
}

/** Messages of a chat that are stored. */
function saidIn(page: Page): Promise<string[]> {
  return page.locator("#messages li:not(.waiting)").allInnerTexts();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

testExample("chat", "says everything once, across a restart", async ({ browser, url, start }) => {
  await using first = await start();
  const [ann, bob] = [await openPage(browser, url), await openPage(browser, url)];
  for (const [{ page }, name] of [[ann, "Ann"], [bob, "Bob"]] as const) {
    await page.getByLabel("Your name").fill(name);
    await page.getByText("connected").waitFor();
  }
  await say(ann.page, "<img src=x onerror=alert(1)>");
  await bob.page.getByText("<img src=x").waitFor();
  await say(bob.page, "hello Ann");
  await ann.page.getByText("hello Ann").waitFor();
  await keepScreenshot(ann.page, "example-chat");
  assertEquals(await first.stop(), 0);
  await ann.page.getByText("the server is away").waitFor();
  await say(ann.page, "are you there?");
  await ann.page.locator("li.waiting").getByText("are you there?").waitFor();
  await keepScreenshot(ann.page, "example-chat-away");

  await using second = await start();
  await bob.page.getByText("are you there?").waitFor();
  const late = await openPage(browser, url);
  await late.page.getByText("are you there?").waitFor();
  const said = ["Ann\n<img src=x onerror=alert(1)>", "Bob\nhello Ann", "Ann\nare you there?"];
  for (const { page, complaints } of [ann, bob, late]) {
    await waitFor(async () => (await saidIn(page)).length === 3, { what: "three messages" });
    assertEquals(await saidIn(page), said);
    assertNoComplaints(complaints);
  }
  assertEquals(await second.stop(), 0);
});

testExample("dashboard", "draws what curl feeds it", async ({ browser, url, start }) => {
  const feed = async (text: string) => {
    const args = ["-s", "-d", text, `${url}/channels/dashboard`];
    const { code } = await new Deno.Command("curl", { args }).output();
    assertEquals(code, 0);
  };
  await using first = await start();
  const { page, complaints } = await openPage(browser, url);
  await page.getByText("curl -d 'visitors 42'").waitFor();
  for (let step = 0; step < 30; step += 1) {
    await feed(`visitors ${Math.round(500 + 200 * Math.sin(step / 4))}`);
    await feed(`load ${(1 + Math.cos(step / 3) / 2).toFixed(2)}`);
  }
  await feed("no number in it");
  await feed("<b>orders</b> 7");
  await page.getByRole("heading", { name: "<b>orders</b>" }).waitFor();
  assertEquals(await page.locator("main section").count(), 3);
  await keepScreenshot(page, "example-dashboard");
  assertEquals(await first.stop(), 0);
  await page.getByText("the server is away").waitFor();
  await using second = await start();
  await feed("visitors 4711");
  await page.getByText("4,711", { exact: true }).waitFor();
  assertNoComplaints(complaints);
  assertEquals(await second.stop(), 0);
});

testExample(
  "world",
  "goes on where it was, with nothing missed",
  async ({ browser, url, start }) => {
    await using first = await start();
    const { page, complaints } = await openPage(browser, url);
    const number = async (id: string) =>
      Number((await page.locator(`#${id}`).innerText()).replaceAll(",", "")) || 0;
    const until = (condition: () => Promise<boolean>, what: string) =>
      waitFor(condition, { what, deadlineMs: 20_000 });
    await until(async () => await number("tick") > 20, "the world to move");
    await page.mouse.click(640, 400);
    await until(async () => await number("eaten") > 0, "a fish to eat");
    await page.mouse.click(300, 600);
    await keepScreenshot(page, "example-world");
    assertEquals(await first.stop(), 0);
    await page.getByText("The world stands still").waitFor();
    const stoodAt = await number("tick");
    await keepScreenshot(page, "example-world-away");
    await using second = await start();
    await until(async () => await number("tick") > stoodAt + 10, "the world to go on");
    assertEquals(await number("missed"), 0);
    assert(await number("tick") < stoodAt + 200, "a new world began");
    assertNoComplaints(complaints);
    assertEquals(await second.stop(), 0);
  },
);
