/** Every client of the Centrifuge protocol tries everything in every channel. */
import { type Answer, CentrifugePeer, outcomeOf } from "../helpers/centrifuge_peer.ts";
import type { Fields, WireProtocol } from "../helpers/centrifuge_wire.ts";
import { type Asker, PermissionModel, type Wish } from "./permission_model.ts";
import {
  NAMESPACES,
  PERMISSION_CASES,
  type PermissionCase,
  WITHOUT_NAMESPACE,
} from "./permission_namespaces.ts";
import {
  type AskerName,
  ASKERS,
  connectionToken,
  type PermissionSite,
  SITE_API_KEY,
  subscriptionToken,
} from "./permission_site.ts";

const MODEL = new PermissionModel(NAMESPACES, WITHOUT_NAMESPACE);

/** Who tries, and by which transport. */
export interface Trial {
  readonly site: PermissionSite;
  readonly protocol: WireProtocol;
  readonly name: AskerName;
  /** Letters that no other trial has. */
  readonly letters: string;
}

/** An object of JSON, which every format takes. */
const DATA = { by: "a client" };
const SEED = { seed: true };
const MARKER = { marker: true };

/** Tries everything as one client. */
export async function tryAsClient(trial: Trial): Promise<void> {
  let peer = await open(trial);
  try {
    for (const each of PERMISSION_CASES) {
      if (peer.hasEnded) peer = await open(trial);
      await new ChannelTrial(trial, peer, each).run();
    }
  } finally {
    peer.close();
  }
}

/** The key of the server API is shown to all, and is of no use to a client. */
async function open({ site, protocol, name }: Trial): Promise<CentrifugePeer> {
  const token = await connectionToken(name);
  const query = name === "API key" ? `api_key=${SITE_API_KEY}` : "";
  const connect = token === undefined ? {} : { token };
  const peer = await CentrifugePeer.open({ port: site.port, protocol, query, connect });
  site.check(outcomeOf(peer.connected), "ok", `${name} connects by ${protocol}`);
  return peer;
}

/** One client and one channel. */
class ChannelTrial {
  readonly #trial: Trial;
  readonly #peer: CentrifugePeer;
  readonly #channel: string;
  readonly #asker: Asker;
  /** How many publications there should be. */
  #stored = 0;

  constructor(trial: Trial, peer: CentrifugePeer, { channel }: PermissionCase) {
    this.#trial = trial;
    this.#peer = peer;
    this.#channel = channel(trial.letters);
    const { hasApiKey: _useless, ...asker }: Asker = ASKERS[trial.name];
    this.#asker = asker;
  }

  async run(): Promise<void> {
    const { site } = this.#trial;
    if (await site.publish(this.#channel, SEED)) this.#stored = 1;
    this.#check("the seed is stored", this.#stored, MODEL.fateOf(this.#channel) === "good" ? 1 : 0);
    await this.#tryWishes(false);
    const answer = await this.#subscribe();
    if (this.#peer.hasEnded) return;
    await this.#tryMarker(answer);
    if (answer.kind !== "result") return;
    this.#checkTerms(answer.result);
    await this.#tryWishes(true);
    const left = await this.#peer.ask("unsubscribe", { channel: this.#channel });
    this.#check("unsubscribe", outcomeOf(left), "ok");
    await this.#tryWishes(false);
  }

  async #tryWishes(isSubscribed: boolean): Promise<void> {
    await this.#tryPublish(isSubscribed);
    await this.#tryPresence(isSubscribed);
    await this.#tryHistory(isSubscribed);
  }

  async #tryPublish(isSubscribed: boolean): Promise<void> {
    const answer = await this.#peer.ask("publish", { channel: this.#channel, data: DATA });
    const expected = this.#expected("publish", isSubscribed);
    this.#check(`publish, subscribed ${isSubscribed}`, outcomeOf(answer), expected);
    if (expected === "ok") this.#stored += 1;
    const offset = await this.#trial.site.offsetOf(this.#channel) ?? 0;
    this.#check(`the log after publish, subscribed ${isSubscribed}`, offset, this.#stored);
  }

  async #tryPresence(isSubscribed: boolean): Promise<void> {
    const expected = this.#expected("presence", isSubscribed);
    const answer = await this.#peer.ask("presence", { channel: this.#channel });
    this.#check(`presence, subscribed ${isSubscribed}`, outcomeOf(answer), expected);
    const stats = await this.#peer.ask("presence_stats", { channel: this.#channel });
    this.#check(`presence_stats, subscribed ${isSubscribed}`, outcomeOf(stats), expected);
    if (answer.kind !== "result") return;
    const { client } = this.#peer.result;
    const present = Object.keys(answer.result["presence"] as Fields);
    this.#check(
      `who is present, subscribed ${isSubscribed}`,
      present,
      isSubscribed ? [client] : [],
    );
  }

  async #tryHistory(isSubscribed: boolean): Promise<void> {
    const answer = await this.#peer.ask("history", { channel: this.#channel, limit: 100 });
    const expected = this.#expected("history", isSubscribed);
    this.#check(`history, subscribed ${isSubscribed}`, outcomeOf(answer), expected);
    if (answer.kind !== "result") return;
    const { publications } = answer.result as { readonly publications: readonly unknown[] };
    this.#check(`how much history, subscribed ${isSubscribed}`, publications.length, this.#stored);
  }

  async #subscribe(): Promise<Answer> {
    const channel = this.#channel;
    const token = await subscriptionToken(this.#trial.name, channel);
    const wanted = { recover: true, recoverable: true, positioned: true, join_leave: true };
    const answer = await this.#peer.ask("subscribe", {
      ...{ channel, ...wanted },
      ...(token !== undefined && { token }),
    });
    this.#check("subscribe", outcomeOf(answer), this.#expectedSubscribe());
    return answer;
  }

  /** Who was refused hears nothing of what is published; who was not hears all of it. */
  async #tryMarker({ kind }: Answer): Promise<void> {
    const { site } = this.#trial;
    const pushed = () => this.#peer.pushed("pub", this.#channel);
    if (await site.publish(this.#channel, MARKER)) this.#stored += 1;
    // Whatever was to be pushed was pushed before the publisher had its answer: this comes behind it.
    await this.#peer.ask("unsubscribe", { channel: "fence" });
    const expected = kind === "result" ? [MARKER] : [];
    this.#check("what is pushed", pushed().map(({ data }) => data), expected);
  }

  #checkTerms(result: Fields): void {
    const { recoverable = false, positioned = false, recovered = false, publications } = result;
    const [channel, asker] = [this.#channel, this.#asker];
    this.#check("recoverable", recoverable, MODEL.mayRecover(channel, asker));
    this.#check("positioned", positioned, MODEL.mayPosition(channel, asker));
    this.#check("recovered", recovered, MODEL.mayRecover(channel, asker));
    const made = (publications as readonly unknown[] | undefined ?? []).length;
    const missed = this.#stored - 1;
    this.#check("what is made up for", made, MODEL.mayRecover(channel, asker) ? missed : 0);
    const joins = this.#peer.pushed("join", channel).length;
    this.#check("joins heard", joins, MODEL.hearsJoins(channel, asker) ? 1 : 0);
  }

  #expectedSubscribe(): string {
    const fate = MODEL.fateOf(this.#channel);
    if (fate !== "good") return fate === "unknown" ? "error 102" : "error 107";
    if (this.#asker.subscriptionToken === "of another") return "ended 3500";
    return MODEL.maySubscribe(this.#channel, this.#asker) ? "ok" : "error 103";
  }

  #expected(wish: Wish, isSubscribed: boolean): string {
    const channel = this.#channel;
    const fate = MODEL.fateOf(channel);
    if (fate !== "good") return fate === "unknown" ? "error 102" : "error 107";
    if (wish === "presence" && !MODEL.hasPresence(channel)) return "error 108";
    if (wish === "history" && !MODEL.hasHistory(channel)) return "error 108";
    return MODEL.may(wish, channel, { ...this.#asker, isSubscribed }) ? "ok" : "error 103";
  }

  #check(what: string, actual: unknown, expected: unknown): void {
    const { site, protocol, name } = this.#trial;
    site.check(actual, expected, `${what}: ${name} by ${protocol} in ${this.#channel}`);
  }
}
