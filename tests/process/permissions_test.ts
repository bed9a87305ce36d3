/** A client may never do what its namespace does not allow it, by any transport. */
import { report } from "../helpers/expectations.ts";
import { WIRE_PROTOCOLS } from "../helpers/centrifuge_wire.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { inParallel } from "../helpers/wait.ts";
import { tryAsClient } from "./permission_clients.ts";
import { tryFormats } from "./permission_formats.ts";
import { tryPlainly } from "./permission_plain.ts";
import { type AskerName, ASKERS, startPermissionSite } from "./permission_site.ts";

const NAMES = Object.keys(ASKERS) as AskerName[];

/** A word for each trial: names that a namespace spells with letters only. */
function lettersOf(index: number): string {
  return `${"abcdefghijklmnopqrstuvwxyz"[index]}x`;
}

forEachMode("a client may do what its namespace allows it, and nothing else", async (mode) => {
  const folder = await Deno.makeTempDir();
  const site = await startPermissionSite(mode, folder);
  await using _server = site.server;
  const trials = NAMES.flatMap((name) => WIRE_PROTOCOLS.map((protocol) => ({ name, protocol })));
  await inParallel(
    [...trials.entries()],
    ([index, trial]) => tryAsClient({ ...trial, site, letters: lettersOf(index) }),
    6,
  );
  const ofClients = site.cells;
  await inParallel(
    [...NAMES.entries()],
    ([index, name]) => tryPlainly(site, name, `${lettersOf(index)}y`),
    6,
  );
  const ofPlain = site.cells - ofClients;
  await tryFormats(site);
  const ofFormats = site.cells - ofPlain - ofClients;
  report(`${ofClients} cells of clients, ${ofPlain} of plain ones, ${ofFormats} of formats`);
  await Deno.remove(folder, { recursive: true });
});
