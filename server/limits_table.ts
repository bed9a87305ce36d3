import { CLIENT_SETTINGS, OPTIONS } from "./config/mod.ts";
import type { Setting } from "./config/mod.ts";
import type { Disconnect, Refusal } from "./errors.ts";
import { DISCONNECTS, REFUSALS } from "./errors.ts";
import type { ReplyError } from "./protocol/mod.ts";
import { CLIENT_DISCONNECTS, COMMAND_ERRORS } from "./protocol/mod.ts";

/** What becomes of who goes beyond a limit, each a row of its own table; a text where it is none. */
interface Beyond {
  readonly http?: Refusal;
  readonly plain?: Disconnect;
  readonly client?: Disconnect;
  readonly command?: ReplyError;
  readonly other?: string;
}

const SECTION = "client.";

const TOO_MANY: Beyond = {
  plain: DISCONNECTS.tooMany,
  command: COMMAND_ERRORS.tooManyRequests,
  client: CLIENT_DISCONNECTS.tooManyRequests,
};

/** Every limit that can be set, and what becomes of who goes beyond it. */
export const LIMITS: readonly (readonly [setting: Setting<number>, beyond: Beyond])[] = [
  [OPTIONS.maxConnections, { http: REFUSALS.full }],
  [CLIENT_SETTINGS.addressConnectionLimit, { http: REFUSALS.addressLimit }],
  [CLIENT_SETTINGS.connectionRateLimit, { http: REFUSALS.connectionRate }],
  [CLIENT_SETTINGS.userConnectionLimit, {
    http: REFUSALS.userLimit,
    client: CLIENT_DISCONNECTS.connectionLimit,
  }],
  [CLIENT_SETTINGS.channelLimit, {
    command: COMMAND_ERRORS.limitExceeded,
    client: CLIENT_DISCONNECTS.channelLimit,
  }],
  [CLIENT_SETTINGS.messageSizeLimit, {
    http: REFUSALS.tooLarge,
    plain: DISCONNECTS.tooLarge,
    client: CLIENT_DISCONNECTS.tooLarge,
  }],
  [CLIENT_SETTINGS.messageRateLimit, TOO_MANY],
  [CLIENT_SETTINGS.byteRateLimit, TOO_MANY],
  [CLIENT_SETTINGS.queueMaxSize, {
    plain: DISCONNECTS.tooSlow,
    client: CLIENT_DISCONNECTS.slow,
    other: "a stream of events waits in the log",
  }],
  [CLIENT_SETTINGS.totalQueueMaxSize, {
    other: "from ¾ on the largest queues are closed as too slow, until ½ is left",
    http: REFUSALS.overloaded,
    command: COMMAND_ERRORS.tooManyRequests,
  }],
  [CLIENT_SETTINGS.frameCommandLimit, { client: CLIENT_DISCONNECTS.tooManyRequests }],
  [CLIENT_SETTINGS.recoveryMaxPublicationLimit, { other: "not recovered" }],
  [CLIENT_SETTINGS.historyMaxPublicationLimit, { other: "the answer holds no more" }],
];

/** The same as a table in Markdown. */
export function limitsTable(): string {
  const rows = LIMITS.map(([setting, beyond]) => {
    const key = setting.key?.startsWith(SECTION) === true ? setting.key : SECTION + setting.key;
    const value = Number(setting.default).toLocaleString("en-US");
    return `| \`${key}\` | ${value} | ${setting.help} | ${beyondText(beyond)} |\n`;
  });
  return "| key | default | what | beyond it |\n|---|---|---|---|\n" + rows.join("");
}

function beyondText({ http, plain, client, command, other }: Beyond): string {
  return [
    http && `${http.status} \`${http.code}\``,
    plain && `plain sockets ${plain.code} \`${plain.reason}\``,
    command && `error ${command.code} \`${command.message}\``,
    client && `Centrifuge clients ${client.code} \`${client.reason}\``,
    other,
  ].filter((text) => text !== undefined).join("; ");
}
