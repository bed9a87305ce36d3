/** What may be published where a namespace says of which format it must be. */
import { CentrifugePeer, outcomeOf } from "../helpers/centrifuge_peer.ts";
import { type Fields, WIRE_PROTOCOLS, type WireProtocol } from "../helpers/centrifuge_wire.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { waitFor } from "../helpers/wait.ts";
import { type DataKind, PermissionModel } from "./permission_model.ts";
import {
  DATA_FORMATS,
  formatNamespace,
  NAMESPACES,
  WITHOUT_NAMESPACE,
} from "./permission_namespaces.ts";
import { ASKERS, connectionToken, type PermissionSite, SITE_API_KEY } from "./permission_site.ts";

const MODEL = new PermissionModel(NAMESPACES, WITHOUT_NAMESPACE);
const BYTES = new Uint8Array([0xff, 0x00]);
const encode = (text: string) => new TextEncoder().encode(text);

/** Data of JSON clients; without a field there is nothing. */
const JSON_SAMPLES: readonly [DataKind, Fields][] = [
  ["object", { data: { a: 1 } }],
  ["json", { data: [{ a: 1 }] }],
  ["json", { data: "{}" }],
  ["json", { data: 0 }],
  ["json", { data: null }],
  ["nothing", {}],
];

/** Bytes are JSON if that is what they say; else they are bytes, also where they are text. */
const BYTE_SAMPLES: readonly [DataKind, Fields][] = [
  ["object", { data: encode(' {"a":1}') }],
  ["json", { data: encode("[1]") }],
  ["bytes", { data: encode("{a:1}") }],
  ["bytes", { data: BYTES }],
  ["nothing", { data: new Uint8Array() }],
  ["nothing", {}],
];

const JSON_TYPE = "application/json";
const BYTES_TYPE = "application/octet-stream";

const BODIES: readonly [DataKind, string, Uint8Array<ArrayBuffer>][] = [
  ["object", JSON_TYPE, encode('{"a":1}')],
  ["json", JSON_TYPE, encode("[1]")],
  ["text", "text/plain", encode('{"a":1}')],
  ["bytes", BYTES_TYPE, encode('{"a":1}')],
  ["nothing", "text/plain", encode("")],
  ["nothing", BYTES_TYPE, encode("")],
];

const FRAMES: readonly [DataKind, string | Uint8Array][] = [
  ["text", '{"a":1}'],
  ["bytes", BYTES],
  ["nothing", ""],
  ["nothing", new Uint8Array()],
];

/** Publishes everything everywhere; a look into the log follows each. */
export async function tryFormats(site: PermissionSite): Promise<void> {
  for (const protocol of WIRE_PROTOCOLS) await tryCommands(site, protocol);
  for (const hasApiKey of [false, true]) {
    for (const format of DATA_FORMATS) {
      const channel = `${formatNamespace(format)}:plain${hasApiKey ? "key" : "user"}`;
      await tryBodies(site, channel, hasApiKey);
      await tryFrames(site, channel, hasApiKey);
    }
  }
}

async function tryCommands(site: PermissionSite, protocol: WireProtocol): Promise<void> {
  const token = await connectionToken("user token");
  using peer = await CentrifugePeer.open({ port: site.port, protocol, connect: { token } });
  const samples = protocol === "websocket protobuf" ? BYTE_SAMPLES : JSON_SAMPLES;
  for (const format of DATA_FORMATS) {
    const channel = `${formatNamespace(format)}:${protocol.replace(/\W/g, "")}`;
    for (const [kind, data] of samples) {
      const before = await site.offsetOf(channel) ?? 0;
      const isTaken = MODEL.takes(kind, channel, ASKERS["user token"]);
      const answer = await peer.ask("publish", { channel, ...data });
      const cell = `${kind} by ${protocol} in ${channel}`;
      site.check(outcomeOf(answer), isTaken ? "ok" : "error 107", cell);
      site.check(await site.offsetOf(channel), before + (isTaken ? 1 : 0), `the log after ${cell}`);
    }
  }
}

async function tryBodies(site: PermissionSite, channel: string, hasApiKey: boolean): Promise<void> {
  const asker = hasApiKey ? ASKERS["API key"] : ASKERS["user token"];
  const token = await connectionToken("user token");
  const shown: Record<string, string> = hasApiKey
    ? { "x-api-key": SITE_API_KEY }
    : { authorization: `Bearer ${token}` };
  for (const [kind, type, body] of BODIES) {
    const before = await site.offsetOf(channel) ?? 0;
    const response = await fetch(`http://127.0.0.1:${site.port}/channels/${channel}`, {
      ...{ method: "POST", body },
      headers: { ...shown, "content-type": type },
    });
    await response.body?.cancel();
    const isTaken = MODEL.takes(kind, channel, asker);
    const cell = `POST of ${kind} as ${type} in ${channel}`;
    site.check(response.status, isTaken ? 200 : 400, cell);
    site.check(await site.offsetOf(channel), before + (isTaken ? 1 : 0), `the log after ${cell}`);
  }
}

async function tryFrames(site: PermissionSite, channel: string, hasApiKey: boolean): Promise<void> {
  const asker = hasApiKey ? ASKERS["API key"] : ASKERS["user token"];
  const token = await connectionToken("user token");
  const query = hasApiKey ? `api_key=${SITE_API_KEY}` : `token=${token}`;
  for (const [kind, frame] of FRAMES) {
    using peer = await RawPeer.connect({ port: site.port, path: `/channels/${channel}?${query}` });
    const before = await site.offsetOf(channel) ?? 0;
    const isTaken = MODEL.takes(kind, channel, asker);
    await (typeof frame === "string" ? peer.text(frame) : peer.binary(frame));
    const isDone = async () =>
      peer.closeFrames.length > 0 || await site.offsetOf(channel) !== before;
    await waitFor(isDone, { what: "a frame to be taken or refused" });
    const cell = `a frame of ${kind} in ${channel}, API key ${hasApiKey}`;
    site.check(peer.closeFrames.map(({ code }) => code), isTaken ? [] : [1008], cell);
    site.check(await site.offsetOf(channel), before + (isTaken ? 1 : 0), `the log after ${cell}`);
  }
}
