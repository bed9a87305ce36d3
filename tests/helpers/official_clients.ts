/**
 * A program of many official clients, each with one subscription, that write down what they see:
 * the other end of `OfficialCrowd`. Lines of JSON on standard output tell what happens; whatever
 * comes on standard input, to its end, tells up to which offset of each channel to wait.
 *
 * Arguments: port, index of the first client, number of clients, number of channels, `http` or
 * `https`.
 */
import { Centrifuge } from "centrifuge";
import { waitFor } from "./wait.ts";

const [port = 0, first = 0, count = 0, channels = 0] = Deno.args.slice(0, 4).map(Number);
const [, , , , web = "http"] = Deno.args;
/** A round is quick, and still no client hammers a server that is not there. */
const RECONNECT_DELAYS = { minReconnectDelay: 100, maxReconnectDelay: 300 };

/** Most clients use WebSockets; of every ten one reads an HTTP stream, and one events. */
const TRANSPORTS = [...Array<"websocket">(8).fill("websocket"), "http_stream", "sse"] as const;

/** What happened to the clients since the last line about it. */
interface Round {
  /** How many of them had to connect anew, by code and reason. */
  readonly closes: Record<string, number>;
  subscribed: number;
  recovered: number;
}

/** A client, and what it was sent. */
interface Member {
  readonly channel: string;
  readonly received: string[];
  offset: number;
}

let rounds = 0;
let round = emptyRound();

function emptyRound(): Round {
  return { closes: {}, subscribed: 0, recovered: 0 };
}

function tell(line: Record<string, unknown>): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function noteClose({ code, reason }: { readonly code: number; readonly reason: string }): void {
  const name = `${code} ${reason}`;
  // Code 0: this program itself said connect.
  if (code !== 0) round.closes[name] = (round.closes[name] ?? 0) + 1;
}

function noteSubscribed(isRecovered: boolean): void {
  round.subscribed++;
  if (isRecovered) round.recovered++;
  if (round.subscribed < count) return;
  tell({ event: `subscribed ${rounds++}`, ...round });
  round = emptyRound();
}

function join(index: number): Member {
  const channel = `crowd-${index % channels}`;
  const member: Member = { channel, received: [], offset: 0 };
  const transport = TRANSPORTS[index % TRANSPORTS.length] ?? "websocket";
  const scheme = transport === "websocket" ? web.replace("http", "ws") : web;
  const endpoint = `${scheme}://127.0.0.1:${port}/connection/${transport}`;
  const client = new Centrifuge([{ transport, endpoint }], {
    ...{ websocket: WebSocket, fetch, readableStream: ReadableStream, eventsource: EventSource },
    emulationEndpoint: `${web}://127.0.0.1:${port}/emulation`,
    ...RECONNECT_DELAYS,
  });
  client.on("connecting", noteClose);
  client.on("disconnected", noteClose);
  const subscription = client.newSubscription(channel);
  subscription.on("subscribed", ({ wasRecovering, recovered }) => {
    noteSubscribed(wasRecovering && recovered);
  });
  subscription.on("publication", ({ offset = NaN, data }) => {
    member.received.push(`${offset}:${data}`);
    member.offset = offset;
  });
  subscription.subscribe();
  client.connect();
  return member;
}

const members = Array.from({ length: count }, (_, index) => join(first + index));
const tops: Record<string, number> = JSON.parse(await new Response(Deno.stdin.readable).text());
const isBehind = ({ channel, offset }: Member) => offset < (tops[channel] ?? 0);
// Who is behind for ever is for the test to find.
await waitFor(() => !members.some(isBehind), { what: "the ends of the channels" }).catch(() => {});
for (const { channel, received } of members) tell({ event: "client", channel, received });
tell({ event: "finished" });
Deno.exit(0);
