/** What anybody may publish is shown as text, and never run. */
import { assertEquals } from "@std/assert";
import { keepScreenshot } from "../helpers/browser.ts";
import { testConsole } from "../helpers/console_page.ts";

const LONG = `${"x".repeat(60_000)}</script>`;

/** Payloads, their types, and what of them is seen when they are opened. */
const PAYLOADS: readonly (readonly [body: BodyInit, type: string, seen: string])[] = [
  ["<script>document.title='run'</script>", "text/plain", "<script>document.title='run'</script>"],
  ["<img src=x onerror=document.title='run'>", "text/plain", "onerror=document.title='run'"],
  ["</style></script><h1>big</h1>", "text/plain", "</style></script><h1>big</h1>"],
  ["javascript:document.title='run'", "text/plain", "javascript:document.title='run'"],
  ["\u202egnp.exe\u2066 \u200f", "text/plain", "⟨U+202E⟩gnp.exe⟨U+2066⟩ ⟨U+200F⟩"],
  ["\u001b[31mred\u0007\u0000", "text/plain", "⟨U+001B⟩[31mred⟨U+0007⟩⟨U+0000⟩"],
  ["{not json", "text/plain", "{not json"],
  [LONG, "text/plain", LONG],
  [`${"[".repeat(30_000)}${"]".repeat(30_000)}`, "application/json", "[[[["],
  [
    '{"__proto__":{"polluted":1},"id":12345678901234567890}',
    "application/json",
    "45678901234567890",
  ],
  ['{"</script><script>":"\\u003cscript\\u003e"}', "application/json", '"</script><script>"'],
  [new Uint8Array([0, 255, 60, 115]), "application/octet-stream", "00 ff 3c 73"],
  ["one\r\ntwo\u2028three", "text/plain", "two"],
];

testConsole("Console shows hostile payloads as text, live and from history", {
  hash: "#/channels/evil",
}, async ({ page, publish, mode }) => {
  await page.locator("#channel-status").getByText("live").waitFor();
  for (const [body, type] of PAYLOADS) await publish("evil", body, type);
  for (const way of ["live", "from history"]) {
    const rows = page.locator(".row:not([hidden])");
    await rows.nth(PAYLOADS.length - 1).waitFor();
    await page.locator("#messages").focus();
    for (const [index, [, , seen]] of PAYLOADS.entries()) {
      await page.keyboard.press(index === 0 ? "Home" : "ArrowDown");
      const text = await page.locator("#message-detail pre").innerText();
      assertEquals(
        text.includes(seen),
        true,
        `${way}: ${seen.slice(0, 60)} in ${text.slice(0, 80)}`,
      );
    }
    assertEquals(
      await page.locator("main script, main img, main style, main h1:has-text('big')").count(),
      0,
    );
    assertEquals(await page.title(), "evil · Midgard");
    assertEquals(await page.evaluate("({}).polluted === undefined"), true);
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    assertEquals(overflow, 0, "a payload makes the page wider");
    await keepScreenshot(page, `console-hostile-${way.split(" ").at(-1)}-${mode}`);
    await page.reload();
    await page.waitForSelector('html[data-state="ready"]');
  }
});
