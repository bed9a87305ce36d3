/**
 * Who may do what, written down once more from Centrifugo's documents and without the server's own
 * code: a mistake has to be made twice to go unnoticed.
 */
import type { NamespaceOptions } from "./permission_namespaces.ts";

/** Who asks. */
export interface Asker {
  /** Empty: nobody in particular. */
  readonly user: string;
  /** A subscription token for the very channel, and whether it is this client's. */
  readonly subscriptionToken?: "own" | "of another";
  /** Whoever has the API key may do everything. */
  readonly hasApiKey?: boolean;
}

/** What can be asked for, beside subscribing. */
export type Wish = "publish" | "presence" | "history";

/** What can be published: an object or other JSON, text that says nothing of JSON, bytes. */
export type DataKind = "object" | "json" | "text" | "bytes" | "nothing";

/** What is taken by each `publication_data_format`. */
const TAKEN: Readonly<Record<string, readonly DataKind[]>> = {
  "": ["object", "json", "text", "bytes"],
  json: ["object", "json"],
  json_object: ["object"],
  binary: ["object", "json", "text", "bytes", "nothing"],
};

/** How a channel's name is taken. */
export type NameFate = "good" | "unknown" | "bad";

/** The rules of one configuration. */
export class PermissionModel {
  readonly #namespaces: Readonly<Record<string, NamespaceOptions>>;
  readonly #withoutNamespace: NamespaceOptions;

  constructor(
    namespaces: Readonly<Record<string, NamespaceOptions>>,
    withoutNamespace: NamespaceOptions,
  ) {
    this.#namespaces = namespaces;
    this.#withoutNamespace = withoutNamespace;
  }

  /** The options of a channel; undefined if nobody has any for it. */
  optionsOf(channel: string): NamespaceOptions | undefined {
    const [first, ...rest] = channel.replace(/^\$/, "").split(":");
    if (rest.length === 0) return this.#withoutNamespace;
    return Object.hasOwn(this.#namespaces, first!) ? this.#namespaces[first!] : undefined;
  }

  fateOf(channel: string): NameFate {
    const options = this.optionsOf(channel);
    if (options === undefined) return "unknown";
    const regex = options["channel_regex"];
    const name = channel.replace(/^\$/, "").replace(/^[^:]*:/, "");
    return regex === undefined || new RegExp(String(regex)).test(name) ? "good" : "bad";
  }

  /** Whether somebody may subscribe who shows no token of another. */
  maySubscribe(channel: string, asker: Asker): boolean {
    if (this.fateOf(channel) !== "good") return false;
    if (asker.hasApiKey === true || asker.subscriptionToken === "own") return true;
    if (channel.startsWith("$")) return false;
    const options = this.optionsOf(channel) ?? {};
    const [, users] = /#([^#]*)$/.exec(channel) ?? [];
    if (options["allow_user_limited_channels"] === true && users !== undefined) {
      return asker.user !== "" && users.split(",").includes(asker.user);
    }
    return this.#has(options, "subscribe_for_client") &&
      (asker.user !== "" || this.#has(options, "subscribe_for_anonymous"));
  }

  /** Whether somebody may have a wish in a channel, being subscribed there or not. */
  may(wish: Wish, channel: string, asker: Asker & { readonly isSubscribed: boolean }): boolean {
    if (this.fateOf(channel) !== "good") return false;
    if (asker.hasApiKey === true) return true;
    const options = this.optionsOf(channel) ?? {};
    if (asker.user === "" && !this.#has(options, `${wish}_for_anonymous`)) return false;
    return this.#has(options, `${wish}_for_client`) ||
      (asker.isSubscribed && this.#has(options, `${wish}_for_subscriber`));
  }

  /** Whether somebody who may publish may publish such data. */
  takes(kind: DataKind, channel: string, asker: Asker): boolean {
    if (asker.hasApiKey === true) return true;
    const format = String(this.optionsOf(channel)?.["publication_data_format"] ?? "");
    return TAKEN[format]?.includes(kind) === true;
  }

  hasHistory(channel: string): boolean {
    return Number(this.optionsOf(channel)?.["history_size"] ?? 0) > 0;
  }

  hasPresence(channel: string): boolean {
    return this.optionsOf(channel)?.["presence"] === true;
  }

  /** Whether a subscriber that asks for it is given what it missed. */
  mayRecover(channel: string, asker: Asker): boolean {
    return this.#mayResume("recovery", channel, asker);
  }

  /** Whether a subscriber that asks for it is told its position. */
  mayPosition(channel: string, asker: Asker): boolean {
    return this.mayRecover(channel, asker) || this.#mayResume("positioning", channel, asker);
  }

  /** Whether a subscriber that asks for it is told who comes and goes. */
  hearsJoins(channel: string, asker: Asker): boolean {
    const options = this.optionsOf(channel) ?? {};
    if (options["join_leave"] !== true) return false;
    return options["force_push_join_leave"] === true ||
      this.may("presence", channel, { ...asker, isSubscribed: true });
  }

  #mayResume(what: "recovery" | "positioning", channel: string, asker: Asker): boolean {
    const options = this.optionsOf(channel) ?? {};
    if (!this.hasHistory(channel)) return false;
    return options[`force_${what}`] === true || this.#has(options, what) ||
      this.may("history", channel, { ...asker, isSubscribed: true });
  }

  #has(options: NamespaceOptions, flag: string): boolean {
    return options[`allow_${flag}`] === true;
  }
}
