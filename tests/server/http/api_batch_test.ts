import { assertEquals } from "@std/assert";
import { callApi, replyOf } from "./api_caller.ts";
import { assertRefused, Site } from "./site.ts";

async function epochOf(site: Site): Promise<string> {
  return (await site.log.tops(["a"]))[0]?.epoch ?? "";
}

Deno.test("batch carries commands out in their order and tells one reply for each", async () => {
  const site = new Site();
  const commands = [
    { publish: { channel: "a", data: 1 } },
    { history: { channel: "a", limit: 10 } },
    { publish: { channel: "a", data: 2 } },
    { history_remove: { channel: "a" } },
    { history: { channel: "a", limit: 10 } },
    { presence: { channel: "a" } },
    { presence_stats: { channel: "a" } },
    { channels: {} },
  ];
  const reply = await replyOf(site, "batch", { commands });
  const epoch = await epochOf(site);
  assertEquals(reply, {
    replies: [
      { publish: { epoch, offset: 1 } },
      { history: { publications: [{ data: 1, offset: 1 }], epoch, offset: 1 } },
      { publish: { epoch, offset: 2 } },
      { history_remove: {} },
      { history: { publications: [], epoch, offset: 2 } },
      { presence: { presence: {} } },
      { presence_stats: { num_clients: 0, num_users: 0 } },
      { channels: { channels: {} } },
    ],
  });
});

const BAD = { error: { code: 107, message: "bad request" } };

Deno.test("batch goes on behind a command that fails", async () => {
  const site = new Site({ settings: { namespaces: {} } });
  const commands = [
    { publish: { channel: "unknown:a", data: 1 } },
    { nothing: {} },
    { batch: { commands: [] } },
    { publish: { channel: 5 } },
    { publish: { channel: "a", data: 1 }, presence: { channel: "a" } },
    { publish: 5 },
    {},
    5,
    null,
    { publish: { channel: "a", data: 7 } },
  ];
  const reply = await replyOf(site, "batch", { commands });
  const unknown = { error: { code: 104, message: "method not found" } };
  assertEquals(reply, {
    replies: [
      { error: { code: 102, message: "unknown channel" } },
      ...[unknown, unknown, BAD, BAD, BAD, BAD, BAD, BAD],
      { publish: { epoch: await epochOf(site), offset: 1 } },
    ],
  });
});

Deno.test("batch in parallel tells the replies in the order of the commands, too", async () => {
  const site = new Site();
  const channels = Array.from({ length: 50 }, (_, index) => `c${index}`);
  const commands = channels.map((channel) => ({ publish: { channel, data: channel } }));
  const reply = await replyOf(site, "batch", { commands, parallel: true });
  const tops = await site.log.tops(channels);
  assertEquals(reply, { replies: tops.map((top) => ({ publish: top })) });
});

Deno.test("batch without commands has no replies", async () => {
  assertEquals(await replyOf(new Site(), "batch", {}), { replies: [] });
  assertEquals(await replyOf(new Site(), "batch", { commands: [] }), { replies: [] });
});

const NO_LISTS = ['"[1]"', "5", '{"0":[{"info":{}}]}', "true"];

for (const commands of NO_LISTS) {
  Deno.test(`batch refuses ${commands} for a list of commands`, async () => {
    const response = await callApi(new Site(), "batch", `{"commands":${commands}}`);
    await assertRefused(response, 400, "bad_body");
  });
}

Deno.test("batch refuses what is not true or false for parallel", async () => {
  const response = await callApi(new Site(), "batch", { commands: [], parallel: 1 });
  await assertRefused(response, 400, "bad_body");
});

Deno.test("batch gives numbers back letter by letter", async () => {
  const site = new Site();
  const data = '{"n":12345678901234567890,"f":1.0,"e":1E400}';
  const publish = `{"publish":{"channel":"a","data":${data}}}`;
  const history = `{"history":{"channel":"a","limit":-1}}`;
  const response = await callApi(site, "batch", `{"commands":[${publish} , ${history}]}`);
  const epoch = await epochOf(site);
  const publications = `[{"data":${data},"offset":1}]`;
  assertEquals(
    await response.text(),
    `{"replies":[{"publish":{"epoch":"${epoch}","offset":1}},` +
      `{"history":{"publications":${publications},"epoch":"${epoch}","offset":1}}]}`,
  );
});
