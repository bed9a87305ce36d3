/** Over HTTP/2 there is no `Host`; who is called, and by which page, matters there as well. */
import { assertEquals } from "@std/assert";
import { Authority } from "../helpers/authority.ts";
import { curl } from "../helpers/curl.ts";
import { assertStopped } from "../helpers/expectations.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";

const VERSIONS = [["--http1.1", "1.1"], ["--http2", "2"]] as const;

forEachMode("names and origins are checked over both versions of HTTP", async (mode) => {
  await using authority = await Authority.create();
  const { args } = await authority.issue({ names: ["localhost", "evil.com"] });
  await using server = await Midgard.start({ mode, args });
  const own = `https://localhost:${server.port}`;
  const cases = [
    { origin: own, status: 200 },
    { origin: "https://evil.com", status: 403 },
    { origin: `https://evil.com:${server.port}`, status: 403 },
    { host: "evil.com", status: 403 },
    { host: "evil.com", origin: `https://evil.com:${server.port}`, status: 403 },
  ];
  for (const [flag, version] of VERSIONS) {
    for (const { host = "localhost", origin, status } of cases) {
      const answer = await curl(
        ...["--cacert", authority.ca, flag, "--data", "hello"],
        ...["--resolve", `${host}:${server.port}:127.0.0.1`],
        ...(origin === undefined ? [] : ["--header", `Origin: ${origin}`]),
        `https://${host}:${server.port}/channels/a`,
      );
      assertEquals({ ...answer, body: "" }, { version, status, body: "" }, `${host} ${origin}`);
    }
  }
  assertStopped(await server.stop());
});
