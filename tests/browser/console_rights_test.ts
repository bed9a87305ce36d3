/** What the console shows to whom: with the API key, without it, and where nobody may connect. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { accessibilityProblems, testConsole } from "../helpers/console_page.ts";

const KEY = "correct-horse-battery-staple";
const WITH_KEY = ["--api-key", KEY];
const WITH_TOKENS = [...WITH_KEY, "--token-secret", "secret", "--no-anonymous"];

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("API key").fill(key);
  await page.keyboard.press("Enter");
}

/** The key stands in no address of the page or of what it asked for. */
async function assertNowhere(page: Page): Promise<void> {
  const addresses = await page.evaluate(
    "[location.href, ...performance.getEntriesByType('resource').map(({ name }) => name)].join()",
  );
  assertEquals(String(addresses).includes(KEY), false);
  assertEquals(await page.evaluate("JSON.stringify(localStorage)"), "{}");
}

testConsole("Console shows nothing of an operator's without the key, and all of it with it", {
  args: WITH_KEY,
}, async ({ page }) => {
  await page.getByText("The numbers are for operators").waitFor();
  await page.getByRole("link", { name: "Clients", exact: true }).click();
  await page.getByText("Clients are for operators").waitFor();
  assertEquals(await page.locator("tbody tr").count(), 0);
  await page.getByRole("button", { name: "Sign in" }).click();
  assertEquals(await accessibilityProblems(page), []);
  await signIn(page, "wrong");
  await page.getByText("That is not the server’s key.").waitFor();
  await signIn(page, KEY);
  await page.locator("tbody tr").getByText("this page").filter({ visible: true }).waitFor();
  await assertNowhere(page);
  await page.reload();
  await page.locator("tbody tr").getByText("this page").filter({ visible: true }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("Clients are for operators").waitFor();
  assertEquals(await page.evaluate("sessionStorage.length"), 0);
});

testConsole("Console reads a channel with the key where nobody may connect without a token", {
  args: WITH_TOKENS,
  hash: "#/channels/orders",
}, async ({ page }) => {
  await page.getByText("This page may not read").waitFor();
  await page.getByRole("button", { name: "Sign in" }).click();
  await signIn(page, KEY);
  await page.locator("#channel-status").getByText("live").waitFor();
  for (const text of ['{"n":1}', "plain"]) {
    await page.getByLabel("Message", { exact: true }).fill(text);
    await page.keyboard.press("Enter");
    await page.locator("#messages").getByText(text).waitFor();
  }
  await page.reload();
  await page.locator("#messages").getByText("plain").waitFor();
  assertEquals(await page.locator("#fact-missing").innerText(), "0");
  assertEquals(await page.locator("#fact-repeated").innerText(), "0");
  await page.getByRole("link", { name: "Channels", exact: true }).first().click();
  await page.locator("tbody").getByText("orders").waitFor();
  await assertNowhere(page);
});
