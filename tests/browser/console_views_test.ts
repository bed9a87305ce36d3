/** Every view of the console, used as a person would. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { keepScreenshot } from "../helpers/browser.ts";
import type { ConsoleStage } from "../helpers/console_page.ts";
import { accessibilityProblems, testConsole } from "../helpers/console_page.ts";
import { range, waitFor } from "../helpers/wait.ts";

const ADDRESSES = {
  overview: "#/overview",
  channels: "#/channels",
  channel: "#/channels/news:sport",
  clients: "#/clients",
};

/** Readers of three channels over plain WebSockets. */
async function join({ server }: ConsoleStage, channels: readonly string[]): Promise<WebSocket[]> {
  return await Promise.all(channels.map((channel) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/channels/${channel}`);
    return new Promise<WebSocket>((resolve) => socket.onopen = () => resolve(socket));
  }));
}

testConsole("Console's numbers are those of /metrics", {}, async (stage) => {
  const { page, server, publish, mode } = stage;
  await join(stage, ["a", "b", "b"]);
  for (const n of range(7)) await publish("b", `n${n}`);
  const value = (label: string) =>
    page.locator(".stat", { has: page.getByText(label, { exact: true }) }).innerText();
  await page.getByText("7 since the start").waitFor();
  await page.getByText("14 since the start").waitFor();
  const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  assert(/midgard_connections\{protocol="websocket"\} 3/.test(metrics), metrics);
  await waitFor(async () => /^Connections\s+4\s/.test(await value("Connections")), {
    what: "three sockets and the page itself",
  });
  assertMatch(await value("Channels in use"), /^Channels in use\s+2\s[^]*3 subscriptions/);
  await keepScreenshot(page, `console-overview-${mode}`);
});

testConsole("Console finds, sorts and opens channels", { hash: "#/channels" }, async (stage) => {
  const { page, publish, mode } = stage;
  await page.getByText("No channel is in use").waitFor();
  await join(stage, ["news:sport", "news:world", "news:world", "chat"]);
  for (const n of range(3)) await publish("chat", `n${n}`);
  const names = () => page.locator("tbody th").allInnerTexts();
  await waitFor(async () => (await names()).length === 3, { what: "three channels" });
  assertEquals(await names(), ["chat", "news:sport", "news:world"]);
  await page.getByRole("button", { name: "Subscribers" }).click();
  assertEquals((await names())[0], "news:world");
  await page.getByRole("button", { name: "Position" }).click();
  assertEquals((await names())[0], "chat");
  await keepScreenshot(page, `console-channels-${mode}`);
  const search = page.getByLabel("Channel", { exact: true });
  await search.fill("news");
  await waitFor(async () => (await names()).length === 2, { what: "two channels that match" });
  await search.fill("a b");
  await page.keyboard.press("Enter");
  assertMatch(await page.getByRole("alert").innerText(), /no spaces/);
  await search.fill("chat");
  await page.getByRole("link", { name: "chat", exact: true }).click();
  await page.locator("#messages").getByText("n2").waitFor();
  assertEquals(new URL(page.url()).hash, "#/channels/chat");
});

testConsole("Console shows a channel, filters, pauses and publishes", {
  hash: "#/channels/room",
}, async ({ page, publish, mode }) => {
  await page.getByText("Nothing on room yet").waitFor();
  for (const n of range(20)) await publish("room", JSON.stringify({ n }), "application/json");
  const messages = page.locator("#messages");
  await messages.getByText('{"n":19}').click();
  assertEquals(await page.locator("#message-detail pre").innerText(), '{\n  "n": 19\n}');
  await keepScreenshot(page, `console-channel-${mode}`);
  await page.keyboard.press("ArrowUp");
  await page.locator("#message-detail").getByText('"n": 18').waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#message-detail").waitFor({ state: "hidden" });

  await page.getByLabel("Filter messages").fill('"n":7}');
  await page.getByText("1 match of 20 rows").waitFor();
  await page.getByLabel("Filter messages").fill("");
  await page.getByRole("button", { name: "Pause" }).click();
  await publish("room", "while paused");
  await page.getByText("paused, 1 new").waitFor();
  assertEquals(await messages.getByText("while paused").count(), 0);
  await page.getByRole("button", { name: "Paused" }).click();
  await messages.getByText("while paused").waitFor();

  const input = page.getByLabel("Message", { exact: true });
  await input.fill("first");
  await page.keyboard.press("Enter");
  await page.getByText(/Stored at offset 22/).waitFor();
  await page.keyboard.press("ArrowUp");
  assertEquals(await input.inputValue(), "first");
  await page.getByLabel("Kind of message").selectOption("json");
  await page.getByText("This is no JSON.").waitFor();
  assertEquals(await page.locator("#fact-missing").innerText(), "0");
});

testConsole("Console scrolls back through a history longer than a page", {}, async (stage) => {
  const { page, publish } = stage;
  for (const n of range(450)) await publish("long", `n${n + 1}`);
  await page.evaluate("location.hash = '#/channels/long'");
  await page.getByText("200 rows").waitFor();
  for (const rows of [400, 450]) {
    await page.locator("#messages").evaluate((list) => {
      (list as unknown as { scrollTop: number }).scrollTop = 0;
    });
    await page.getByText(`${rows} rows`).waitFor();
  }
  await page.locator("#messages").focus();
  await page.keyboard.press("Home");
  await page.locator("#messages").getByText("n1", { exact: true }).waitFor();
  assertEquals(await page.locator("#fact-missing").innerText(), "0");
  assertEquals(await page.locator("#fact-repeated").innerText(), "0");
});

testConsole("Console tells who comes and goes in a channel", {
  hash: "#/channels/room",
}, async ({ page, browser, server }) => {
  await page.locator("#presence-list").getByText("this page").waitFor();
  const other = await browser.newPage();
  await other.goto(`http://127.0.0.1:${server.port}/console#/channels/room`);
  await page.locator("#presence-news").getByText(/ joined/).waitFor();
  await other.close();
  await page.locator("#presence-news").getByText(/ left/).waitFor();
});

testConsole(
  "Console disconnects one client, once it is sure",
  { hash: "#/clients" },
  async (stage) => {
    const { page, mode } = stage;
    const [socket, other] = await join(stage, ["a", "b"]);
    const closed = new Promise<CloseEvent>((resolve) => socket!.onclose = resolve);
    const row = page.locator("tbody tr", {
      has: page.getByRole("link", { name: "a", exact: true }),
    });
    await row.waitFor();
    await page.locator("tbody .badge").getByText("this page").filter({ visible: true }).waitFor();
    await keepScreenshot(page, `console-clients-${mode}`);
    await row.getByRole("button").click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await row.getByRole("button").click();
    assertEquals(await accessibilityProblems(page), []);
    await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
    const { code, reason } = await closed;
    assertEquals([code, reason, other!.readyState], [1008, "force disconnect", WebSocket.OPEN]);
    await row.waitFor({ state: "detached" });
  },
);

testConsole("Console follows deep links and the history buttons", {
  hash: "#channel=news%3Asport",
}, async ({ page }) => {
  const at = () => new URL(page.url()).hash;
  await page.getByRole("heading", { name: "news:sport" }).waitFor();
  assertEquals(at(), ADDRESSES.channel);
  await page.getByRole("link", { name: "Clients", exact: true }).click();
  await page.getByRole("heading", { name: "Clients" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "news:sport" }).waitFor();
  await page.goForward();
  await page.getByRole("heading", { name: "Clients" }).waitFor();
  await page.reload();
  await page.waitForSelector('html[data-state="ready"]');
  await page.getByRole("heading", { name: "Clients" }).waitFor();
  assertEquals([at(), await page.title()], ["#/clients", "Clients · Midgard"]);
});

testConsole(
  "Console has nothing serious against it for axe, wide and narrow",
  {},
  async (stage) => {
    const { page, publish, mode } = stage;
    await join(stage, ["news:sport", "chat"]);
    await publish("news:sport", '{"a":1}');
    for (const [width, height] of [[1_440, 900], [390, 844]] as const) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        for (const [view, hash] of Object.entries(ADDRESSES)) {
          await page.evaluate(`location.hash = "${hash}"`);
          await page.locator(".view").waitFor();
          if (view === "channel") await page.locator("#messages").getByText('{"a":1}').waitFor();
          if (view === "clients") await page.locator("tbody tr").nth(2).waitFor();
          const name = `${view}, ${width} px, ${colorScheme}`;
          assertEquals(await accessibilityProblems(page), [], name);
          const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
          assertEquals(overflow, 0, `wider than the screen: ${name}`);
          await keepScreenshot(page, `console-${view}-${width}-${colorScheme}-${mode}`);
        }
      }
    }
  },
);

testConsole("Console copies the lines of what is on screen", { hash: "#/channels/room" }, async ({
  page,
  server,
}) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const host = `127.0.0.1:${server.port}`;
  const lines = {
    "Publish from a terminal": `curl -d 'hello' http://${host}/channels/room`,
    "Join from a browser": `const ws = new WebSocket("ws://${host}/channels/room");`,
    "Follow in a terminal": `midgard sub room --url http://${host}`,
  };
  for (const [title, line] of Object.entries(lines)) {
    await page.getByRole("button", { name: `Copy: ${title}` }).click();
    const copied = await page.evaluate("navigator.clipboard.readText()") as string;
    assertEquals(copied.split("\n")[0], line);
  }
});
