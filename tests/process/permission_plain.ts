/** Every client without the protocol tries everything in every channel: sockets, streams, requests. */
import { RawPeer } from "../helpers/raw_peer.ts";
import { textOf } from "../helpers/frames.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { waitFor, within } from "../helpers/wait.ts";
import { type Asker, PermissionModel } from "./permission_model.ts";
import {
  NAMESPACES,
  PERMISSION_CASES,
  type PermissionCase,
  WITHOUT_NAMESPACE,
} from "./permission_namespaces.ts";
import {
  ANOTHER_USER,
  type AskerName,
  ASKERS,
  connectionToken,
  type PermissionSite,
  SITE_API_KEY,
  subscriptionToken,
} from "./permission_site.ts";

const MODEL = new PermissionModel(NAMESPACES, WITHOUT_NAMESPACE);
const SEED = "the seed";
/** JSON comes out of a stream, and of a plain socket, as its text. */
const MARKER = "marker";
const MARKER_TEXT = JSON.stringify(MARKER);

/** Who somebody is to plain clients: they show one token, and it is the whole truth. */
function plainAsker(name: AskerName): Asker {
  if (name !== "token for another user") return ASKERS[name];
  return { user: ANOTHER_USER, subscriptionToken: "own" };
}

/** What somebody shows for a channel, in a header or in the address. */
interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
}

async function credentialsOf(name: AskerName, channel: string): Promise<Credentials> {
  if (name === "API key") {
    return { headers: { "X-API-Key": SITE_API_KEY }, query: `api_key=${SITE_API_KEY}` };
  }
  const token = await subscriptionToken(name, channel) ?? await connectionToken(name);
  if (token === undefined) return { headers: {}, query: "" };
  return { headers: { Authorization: `Bearer ${token}` }, query: `token=${token}` };
}

/** Tries everything as somebody without the protocol. */
export async function tryPlainly(
  site: PermissionSite,
  name: AskerName,
  letters: string,
): Promise<void> {
  for (const { channel } of PERMISSION_CASES) {
    const credentials = await credentialsOf(name, channel(letters));
    await new PlainTrial(site, { name, channel, letters, credentials }).run();
  }
  const { headers } = await credentialsOf(name, "any");
  const listed = await fetch(`http://127.0.0.1:${site.port}/channels`, { headers });
  await listed.body?.cancel();
  site.check(listed.status, name === "API key" ? 200 : 401, `GET /channels: ${name}`);
}

interface PlainTrialOptions extends PermissionCase {
  readonly letters: string;
  readonly credentials: Credentials;
}

/** One client and one channel. */
class PlainTrial {
  readonly #site: PermissionSite;
  readonly #name: string;
  readonly #asker: Asker;
  readonly #channel: string;
  readonly #segment: string;
  readonly #credentials: Credentials;
  #stored = 0;

  constructor(site: PermissionSite, { name, channel, letters, credentials }: PlainTrialOptions) {
    this.#site = site;
    this.#name = name;
    this.#asker = plainAsker(name as AskerName);
    this.#channel = channel(letters);
    this.#segment = encodeURIComponent(this.#channel);
    this.#credentials = credentials;
  }

  async run(): Promise<void> {
    await this.#publish(SEED);
    await this.#tryPost();
    await this.#tryHistory();
    await this.#tryStream();
    await this.#tryResume();
    await this.#trySocket();
    await this.#trySocketWithHistory();
  }

  async #tryPost(): Promise<void> {
    const may = this.#may("publish", false);
    const headers = { "content-type": "application/json" };
    const response = await this.#fetch({ method: "POST", body: `{"by":"a client"}`, headers });
    await response.body?.cancel();
    this.#check("POST", response.status, this.#status(may));
    if (may) this.#stored += 1;
    await this.#checkLog("POST");
  }

  async #tryHistory(): Promise<void> {
    const response = await this.#fetch({ headers: { accept: "application/json" } });
    this.#check("GET", response.status, this.#status(this.#may("history", false)));
    const { publications } = await response.json();
    if (response.status !== 200) return this.#check("no history", publications, undefined);
    const kept = MODEL.hasHistory(this.#channel) ? this.#stored : 0;
    this.#check("how much history", publications.length, kept);
  }

  async #tryStream(): Promise<void> {
    using reader = this.#reader();
    const end = reader.read(this.#site.port);
    if (!this.#mayJoin) return await this.#checkRefused("stream", end);
    await reader.until(({ hasBegun }) => hasBegun, { what: "a stream" });
    await this.#publish(MARKER);
    await reader.until(({ data }) => data.length > 0, { what: "the marker" });
    this.#check("what is streamed", reader.data, [MARKER_TEXT]);
    reader.close();
    await end;
  }

  async #tryResume(): Promise<void> {
    const { epoch = "none" } = await this.#site.positionOf(this.#channel) ?? {};
    using reader = this.#reader(`${epoch}:0`);
    const end = reader.read(this.#site.port);
    if (!this.#mayJoin) return await this.#checkRefused("resumed stream", end);
    const mayMakeUp = MODEL.mayRecover(this.#channel, this.#asker);
    const missed = mayMakeUp ? this.#stored : 0;
    await reader.until(({ events }) => events.length >= Math.max(1, missed), { what: "events" });
    await this.#publish("last");
    await reader.until(({ data }) => data.includes('"last"'), { what: "the last event" });
    this.#check("what is made up for", reader.data.length, missed + 1);
    this.#check("whether it is told of a gap", reader.resets.length, mayMakeUp ? 0 : 1);
    reader.close();
    await end;
  }

  async #trySocket(): Promise<void> {
    const attempt = await this.#attempt("");
    this.#check("socket", attempt.status, this.#mayJoin ? 101 : this.#status(false));
    using peer = attempt.peer;
    if (peer === undefined) return;
    await this.#publish(MARKER);
    await peer.until(({ messages }) => messages.length > 0, { what: "the marker" });
    this.#check("what a socket is sent", peer.messages.map(textOf), [MARKER_TEXT]);
    await this.#tryFrame(peer);
  }

  /** A frame that may not be published ends the socket. */
  async #tryFrame(peer: RawPeer): Promise<void> {
    const may = this.#may("publish", true) && MODEL.takes("text", this.#channel, this.#asker);
    await peer.text("by a client");
    const before = this.#stored;
    const isDone = async () =>
      peer.closeFrames.length > 0 || await this.#site.offsetOf(this.#channel) !== before;
    await waitFor(isDone, { what: "a frame to be taken or refused" });
    if (may) this.#stored += 1;
    await this.#checkLog("a frame");
    this.#check("a frame", peer.closeFrames.map(({ code }) => code), may ? [] : [1008]);
  }

  async #trySocketWithHistory(): Promise<void> {
    const may = this.#mayJoin && this.#may("history", false);
    const attempt = await this.#attempt("history=100");
    this.#check("socket with history", attempt.status, may ? 101 : this.#status(false));
    using peer = attempt.peer;
    if (peer === undefined) return;
    await this.#publish(MARKER);
    const kept = MODEL.hasHistory(this.#channel) ? this.#stored : 1;
    await peer.until(({ messages }) => messages.length >= kept, { what: "history" });
    this.#check("what it is sent", peer.messages.length, kept);
  }

  async #attempt(query: string): Promise<{ status: number; peer?: RawPeer }> {
    const path = `/channels/${this.#segment}?${query}&${this.#credentials.query}`;
    const attempt = await RawPeer.attempt({ port: this.#site.port, path });
    if (attempt.kind === "open") return { status: 101, peer: attempt.peer };
    return { status: attempt.kind === "refused" ? attempt.response.status : 0 };
  }

  #reader(lastEventId?: string): SseReader {
    return new SseReader({
      channel: this.#segment,
      query: this.#credentials.query,
      ...(lastEventId !== undefined && { lastEventId }),
    });
  }

  async #checkRefused(what: string, end: ReturnType<SseReader["read"]>): Promise<void> {
    const ended = await within(end, { what: `a refusal of a ${what}` });
    const status = ended.kind === "refused" ? ended.status : ended.kind;
    this.#check(what, status, this.#status(false));
  }

  async #checkLog(what: string): Promise<void> {
    const offset = await this.#site.offsetOf(this.#channel) ?? 0;
    this.#check(`the log after ${what}`, offset, this.#stored);
  }

  async #publish(data: string): Promise<void> {
    if (await this.#site.publish(this.#channel, data)) this.#stored += 1;
  }

  #fetch({ headers, ...init }: RequestInit): Promise<Response> {
    const url = `http://127.0.0.1:${this.#site.port}/channels/${this.#segment}?limit=1000`;
    return fetch(url, { ...init, headers: { ...headers, ...this.#credentials.headers } });
  }

  get #mayJoin(): boolean {
    return MODEL.maySubscribe(this.#channel, this.#asker);
  }

  #may(wish: "publish" | "history", isSubscribed: boolean): boolean {
    return MODEL.may(wish, this.#channel, { ...this.#asker, isSubscribed });
  }

  #status(isAllowed: boolean): number {
    const fate = MODEL.fateOf(this.#channel);
    if (fate !== "good") return fate === "unknown" ? 404 : 400;
    return isAllowed ? 200 : 403;
  }

  #check(what: string, actual: unknown, expected: unknown): void {
    this.#site.check(actual, expected, `${what}: ${this.#name} in ${this.#channel}`);
  }
}
