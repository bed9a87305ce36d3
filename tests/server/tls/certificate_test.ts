import { assertEquals, assertRejects } from "@std/assert";
import { certificateState, readCertificate } from "../../../server/tls/mod.ts";
import { Authority } from "../../helpers/authority.ts";

Deno.test("readCertificate tells hosts, addresses and times of the first one", async () => {
  await using authority = await Authority.create();
  const names = ["example.com", "*.example.com", "10.1.2.3", `${"a".repeat(60)}.example.com`];
  const many = Array.from({ length: 40 }, (_, index) => `host-${index}.example.com`);
  for (const list of [names, many]) {
    const { cert } = await authority.issue({ names: list, toDay: 10 });
    const read = await readCertificate(await Deno.readTextFile(cert));
    assertEquals([read.names, read.isChainInOrder], [list, true]);
    assertEquals(read.notAfterMs - read.notBeforeMs, 11 * 86_400_000);
  }
});

Deno.test("readCertificate tells IPv6 addresses as they are written", async () => {
  await using authority = await Authority.create();
  const { cert } = await authority.issue({ names: ["IP:::1", "IP:2001:db8::5:1"] });
  const { names } = await readCertificate(await Deno.readTextFile(cert));
  assertEquals(names, ["::1", "2001:db8::5:1"]);
});

Deno.test("readCertificate tells the subject where there are no names", async () => {
  await using authority = await Authority.create();
  assertEquals((await readCertificate(authority.caText)).names, ["CN=Test CA"]);
});

Deno.test("readCertificate sees that issuers are not in order", async () => {
  await using authority = await Authority.create();
  const [one, other] = [await authority.issue(), await authority.issue()];
  const texts = await Promise.all([one.cert, other.cert].map((path) => Deno.readTextFile(path)));
  assertEquals((await readCertificate(texts.join(""))).isChainInOrder, false);
});

Deno.test("readCertificate throws where there is none", async () => {
  await assertRejects(() => readCertificate(""), TypeError, "the file holds none");
});

const DAY_MS = 86_400_000;
const TIMES = { notBeforeMs: 100 * DAY_MS, notAfterMs: 190 * DAY_MS };

for (
  const [day, kind, days] of [
    [98.5, "early", 1],
    [100, "valid", 90],
    [175.5, "valid", 14],
    [176.5, "expiring", 13],
    [189.5, "expiring", 0],
    [190, "expired", 0],
    [193.5, "expired", 3],
  ] as const
) {
  Deno.test(`certificateState is ${kind} on day ${day} of 100 to 190`, () => {
    assertEquals(certificateState(TIMES, day * DAY_MS), { kind, days });
  });
}
