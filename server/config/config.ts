import { isLoopback } from "./address.ts";
import type { ChannelOptions, ChannelsConfig } from "./channel_options.ts";
import { keepsHistory } from "./channel_options.ts";
import { CHANNEL_SETTINGS, NAMESPACE_NAME, OPEN_CHANNEL_SETTINGS } from "./channel_settings.ts";
import type { ClientOptions, HttpApiOptions, TokenKeys } from "./client_options.ts";
import {
  CLIENT_SETTINGS,
  HTTP_API_SETTINGS,
  PERSONAL_CHANNEL_SETTINGS,
} from "./client_settings.ts";
import type { EffectiveValues } from "./effective_values.ts";
import type { OptionValues } from "./options.ts";
import { OPTIONS } from "./options.ts";
import { hasKeys, SUBSCRIPTION_TOKEN_SWITCH, TOKEN_SETTINGS } from "./token_settings.ts";

/** The whole configuration. */
export interface Config extends OptionValues {
  readonly channels: ChannelsConfig;
  readonly client: ClientOptions;
  readonly api: HttpApiOptions;
}

/** A namespace as it stands in the file. */
export interface NamedNamespace {
  readonly name: string;
  /** The key of each of its options begins with this: `channel.namespaces[0].`. */
  readonly prefix: string;
  readonly options: ChannelOptions;
}

/** The configuration that options and a file make, and its namespaces as they stand in the file. */
export function buildConfig(
  options: OptionValues,
  values: EffectiveValues,
): { readonly config: Config; readonly namespaces: readonly NamedNamespace[] } {
  const namespaces = namespacesIn(values);
  const channels = channelsOf(options, values, namespaces);
  const client = clientOf(options, values);
  const api = { ...values.take(HTTP_API_SETTINGS, "http_api."), key: options.apiKey };
  return { config: { ...options, channels, client, api }, namespaces };
}

function channelsOf(
  { historySize, historyTtlMs }: OptionValues,
  values: EffectiveValues,
  named: readonly NamedNamespace[],
): ChannelsConfig {
  const prefix = "channel.without_namespace.";
  const history = { historySize, historyTtlMs };
  if (saysNothingOfChannels(values)) {
    const open = values.take(OPEN_CHANNEL_SETTINGS, prefix);
    return { withoutNamespace: withHistory(open, history), namespaces: undefined };
  }
  const withoutNamespace = { ...values.take(CHANNEL_SETTINGS, prefix), ...history };
  const namespaces = new Map(named.map(({ name, options }) => [name, options]));
  return { withoutNamespace, namespaces };
}

function saysNothingOfChannels({ file }: EffectiveValues): boolean {
  return !file.sections.has("channel");
}

/** What is kept decides what can be recovered. */
function withHistory(
  channel: ChannelOptions,
  history: Pick<ChannelOptions, "historySize" | "historyTtlMs">,
): ChannelOptions {
  if (keepsHistory(history)) return { ...channel, ...history };
  const nothing = { allowPositioning: false, allowRecovery: false, forceRecovery: false };
  return { ...channel, ...history, ...nothing };
}

function namespacesIn(values: EffectiveValues): NamedNamespace[] {
  const found: NamedNamespace[] = [];
  for (let index = 0;; index++) {
    const key = `channel.namespaces[${index}]`;
    if (!values.file.sections.has(key)) return found;
    const prefix = `${key}.`;
    const { name = "" } = values.take({ name: NAMESPACE_NAME }, prefix);
    found.push({ name, prefix, options: values.take(CHANNEL_SETTINGS, prefix) });
  }
}

function clientOf(options: OptionValues, values: EffectiveValues): ClientOptions {
  const given = values.take(CLIENT_SETTINGS, "client.");
  const token = {
    ...values.take(TOKEN_SETTINGS, "client.token."),
    hmacSecretKey: options.tokenSecret,
  };
  const subscriptionToken = subscriptionTokenOf(values);
  const isAnonymous = options.anonymous ?? isLoopback(options.host);
  const isOpen = saysNothingOfChannels(values) && !hasKeys(token) &&
    subscriptionToken === undefined && isAnonymous;
  const isInsecure = given.isInsecure || isOpen;
  values.amend(OPTIONS.anonymous, isAnonymous);
  values.amend(CLIENT_SETTINGS.isInsecure, isInsecure, "client.");
  return {
    ...given,
    token,
    subscriptionToken,
    allowAnonymousConnectWithoutToken: isAnonymous,
    isInsecure,
    personalChannel: values.take(
      PERSONAL_CHANNEL_SETTINGS,
      "client.subscribe_to_user_personal_channel.",
    ),
  };
}

function subscriptionTokenOf(values: EffectiveValues): TokenKeys | undefined {
  const prefix = "client.subscription_token.";
  const { isEnabled } = values.take({ isEnabled: SUBSCRIPTION_TOKEN_SWITCH }, prefix);
  const keys = values.take(TOKEN_SETTINGS, prefix);
  return isEnabled ? keys : undefined;
}
