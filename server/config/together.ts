import { isLoopback } from "./address.ts";
import type { ChannelOptions } from "./channel_options.ts";
import type { TokenKeys } from "./client_options.ts";
import type { Config, NamedNamespace } from "./config.ts";
import type { EffectiveValues } from "./effective_values.ts";
import { DURATION } from "./option_types.ts";
import { hasKeys } from "./token_settings.ts";

/** A configuration whose values are right one by one, and where they are from. */
export interface Built {
  readonly config: Config;
  readonly namespaces: readonly NamedNamespace[];
  readonly values: EffectiveValues;
}

/** Combinations that cannot work, each with the values that clash; those of Centrifugo and ours. */
export function problemsTogether(built: Built): string[] {
  const { config, values } = built;
  return [
    ...stopProblems(built),
    ...doorProblems(config),
    ...tlsProblems(built),
    ...pingProblems(built),
    ...tokenProblems(config.client.token, "client.token.", values),
    ...tokenProblems(config.client.subscriptionToken, "client.subscription_token.", values),
    ...historyProblems(config.channels.withoutNamespace, "channel.without_namespace.", values),
    ...built.namespaces.flatMap(({ options, prefix }) => historyProblems(options, prefix, values)),
    ...nameProblems(built),
    ...personalChannelProblems(built),
  ];
}

function stopProblems({ config, values }: Built): string[] {
  const { drainDelayMs, drainWindowMs, closeTimeoutMs, stopTimeoutMs } = config;
  const parts = [drainDelayMs, drainWindowMs, closeTimeoutMs];
  const neededMs = parts.reduce((sum, part) => sum + part, 0);
  if (neededMs <= stopTimeoutMs) return [];
  const show = DURATION.print;
  const sum = `${parts.map(show).join(" + ")} = ${show(neededMs)}`;
  const rule = `at least --drain-delay + --drain-window + --close-timeout (${sum})`;
  return [refusal(values.nameOf("stop.timeout"), rule, show(stopTimeoutMs))];
}

/** Who can come in: neither everybody by accident nor nobody. */
function doorProblems({ host, anonymous, client }: Config): string[] {
  const hasTokens = hasKeys(client.token);
  const isOpen = !isLoopback(host) && anonymous !== true && !hasTokens;
  const isShut = anonymous === false && !hasTokens && !client.isInsecure &&
    client.userIdHttpHeader === undefined;
  const found: string[] = [];
  if (isOpen) {
    found.push(
      `Cannot listen on ${host} as anyone who reaches it could publish and subscribe: ` +
        `add --token-secret or another key of client.token, or --anonymous if that is what you ` +
        `want, or listen on 127.0.0.1`,
    );
  }
  if (isShut) {
    found.push(
      `Cannot start with --no-anonymous as nobody could connect: add --token-secret or another ` +
        `key of client.token`,
    );
  }
  return found;
}

function tlsProblems({ config: { tlsCert, tlsKey }, values }: Built): string[] {
  if ((tlsCert === undefined) === (tlsKey === undefined)) return [];
  const [given, missing] = tlsCert === undefined
    ? ["tls.key", "--tls-cert"] as const
    : ["tls.cert", "--tls-key"] as const;
  return [`Cannot start with "${values.nameOf(given)}" alone as TLS takes ${missing} as well`];
}

function pingProblems({ config, values }: Built): string[] {
  const { pingIntervalMs, pongTimeoutMs } = config.client;
  if (pingIntervalMs > pongTimeoutMs) return [];
  const rule = `more than client.pong_timeout (${DURATION.print(pongTimeoutMs)})`;
  return [refusal(values.nameOf("client.ping_interval"), rule, DURATION.print(pingIntervalMs))];
}

function tokenProblems(
  keys: TokenKeys | undefined,
  prefix: string,
  values: EffectiveValues,
): string[] {
  const both = (["audience", "issuer"] as const).filter((name) =>
    keys?.[name] !== undefined && keys[`${name}Regex`] !== undefined
  );
  return both.map((name) =>
    `Cannot start as "${values.nameOf(`${prefix}${name}_regex`)}" must not be given beside ${name}`
  );
}

function historyProblems(
  { historySize, historyTtlMs, forceRecovery, forcePositioning }: ChannelOptions,
  prefix: string,
  values: EffectiveValues,
): string[] {
  const [size, ttl] = [`${prefix}history_size`, `${prefix}history_ttl`];
  const isGiven = (key: string) => values.sourceOf(key) !== "default";
  const found: string[] = [];
  if (historySize > 0 && historyTtlMs === 0 && isGiven(size)) {
    found.push(refusal(values.nameOf(ttl), "more than 0s where history_size is given", "0s"));
  }
  if (historySize === 0 && historyTtlMs > 0 && isGiven(ttl)) {
    found.push(refusal(values.nameOf(size), "more than 0 where history_ttl is given", "0"));
  }
  if (historySize > 0 && historyTtlMs > 0) return found;
  const wanting = [["force_recovery", forceRecovery], ["force_positioning", forcePositioning]]
    .filter(([, isWanted]) => isWanted === true).map(([name]) => `${prefix}${name}`);
  for (const key of wanting.filter(isGiven)) {
    found.push(refusal(values.nameOf(key), "false without history_size and history_ttl", "true"));
  }
  return found;
}

function nameProblems({ namespaces, values }: Built): string[] {
  const names = namespaces.map(({ name }) => name);
  return namespaces
    .filter(({ name }, index) => name !== "" && names.indexOf(name) < index)
    .map(({ name, prefix }) =>
      refusal(values.nameOf(`${prefix}name`), "given to one namespace only", JSON.stringify(name))
    );
}

function personalChannelProblems({ config, namespaces, values }: Built): string[] {
  const { isEnabled, namespace, isSingleConnection } = config.client.personalChannel;
  if (!isEnabled) return [];
  const section = "client.subscribe_to_user_personal_channel.";
  const channel = namespace === ""
    ? config.channels.withoutNamespace
    : namespaces.find(({ name }) => name === namespace)?.options;
  if (channel === undefined) {
    const name = values.nameOf(`${section}personal_channel_namespace`);
    return [refusal(name, "the name of a namespace", JSON.stringify(namespace))];
  }
  if (!isSingleConnection || channel.presence) return [];
  const name = values.nameOf(`${section}single_connection`);
  return [refusal(name, "false where that channel has no presence", "true")];
}

function refusal(name: string, rule: string, value: string): string {
  return `Cannot start as "${name}" must be ${rule}: current value is ${value}`;
}
