/** Keeps what the official client tells by events, so that tests can look at it afterwards. */
import type {
  Centrifuge,
  ClientEvents,
  EventMap,
  Subscription,
  SubscriptionEvents,
  TypedEventEmitter,
} from "centrifuge";
import { unpacked } from "./client_way.ts";
import { waitFor } from "./wait.ts";

/** What one event of a kind carries. */
type Told<Events extends EventMap, Kind extends keyof Events> = Parameters<Events[Kind]>[0];

/** All that a subscription tells. */
const OF_SUBSCRIPTION = [
  ...["subscribing", "subscribed", "unsubscribed"] as const,
  ...["publication", "join", "leave", "error"] as const,
] as const;

/** All that a client tells, of itself and of what the server subscribed it to. */
const OF_CLIENT = [
  ...["connecting", "connected", "disconnected", "message", "error"] as const,
  ...["subscribing", "subscribed", "unsubscribed", "publication", "join", "leave"] as const,
] as const;

/** What one client or one subscription has told so far. */
export class Heard<Events extends EventMap> {
  readonly #told: { readonly kind: keyof Events; readonly about: unknown }[] = [];

  constructor(emitter: TypedEventEmitter<Events>, kinds: readonly (keyof Events)[]) {
    for (const kind of kinds) {
      const listen = (about: unknown) => this.#told.push({ kind, about });
      emitter.on(kind, listen as unknown as Events[typeof kind]);
    }
  }

  /** The events of a kind, in their order. */
  of<Kind extends keyof Events>(kind: Kind): Told<Events, Kind>[] {
    const ofKind = this.#told.filter((each) => each.kind === kind);
    return ofKind.map(({ about }) => about as Told<Events, Kind>);
  }

  /** The values that were published, of one channel if it is named. */
  values(channel?: string): unknown[] {
    const publications = this.of("publication") as { channel: string; data: unknown }[];
    const wanted = publications.filter((each) => channel === undefined || each.channel === channel);
    return wanted.map(({ data }) => unpacked(data));
  }

  /** Waits until there are so many events of a kind; gives the last of them. */
  async until<Kind extends keyof Events>(
    kind: Kind,
    count = 1,
    deadlineMs = 10_000,
  ): Promise<Told<Events, Kind>> {
    await waitFor(() => this.of(kind).length >= count, {
      what: `event ${count} of the kind ${String(kind)}`,
      deadlineMs,
      explain: () => this.toString(),
    });
    return this.of(kind)[count - 1]!;
  }

  /** All of it, for failure messages. */
  toString(): string {
    return this.#told.slice(-40).map(({ kind, about }) =>
      `${String(kind)} ${JSON.stringify(about).slice(0, 300)}`
    ).join("\n");
  }
}

/** Listens to a subscription. */
export function hearSubscription(subscription: Subscription): Heard<SubscriptionEvents> {
  return new Heard<SubscriptionEvents>(subscription, OF_SUBSCRIPTION);
}

/** Listens to a client. */
export function hearClient(client: Centrifuge): Heard<ClientEvents> {
  return new Heard<ClientEvents>(client, OF_CLIENT);
}
