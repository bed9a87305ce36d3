/** One namespace for every combination of options that decides what a client may do. */

/** The options of a channel, named as in a configuration file; what is absent is off. */
export type NamespaceOptions = Readonly<Record<string, unknown>>;

/** Channels to try, and which namespace they are of. */
export interface PermissionCase {
  /** What it is about, unique. */
  readonly name: string;
  /** A channel of its own for each client, as letters. */
  readonly channel: (letters: string) => string;
}

/** The things a client may be allowed, and to whom each may be allowed. */
const ACTIONS = {
  subscribe: ["client", "anonymous"],
  publish: ["client", "subscriber", "anonymous"],
  presence: ["client", "subscriber", "anonymous"],
  history: ["client", "subscriber", "anonymous"],
} as const;

type Action = keyof typeof ACTIONS;

const KEPT = { history_size: 10, history_ttl: "1h" };
/** What is kept of a channel in which nothing is allowed. */
const CLOSED: NamespaceOptions = { ...KEPT, presence: true, join_leave: true };
const WATCHABLE: NamespaceOptions = { ...CLOSED, ...flags("subscribe") };
const EVERYTHING: NamespaceOptions = {
  ...WATCHABLE,
  ...flags("publish"),
  ...flags("presence"),
  ...flags("history"),
};

/** All flags of an action, or some of them. */
function flags(action: Action, whom: readonly string[] = ACTIONS[action]): NamespaceOptions {
  return Object.fromEntries(whom.map((who) => [`allow_${action}_for_${who}`, true]));
}

function subsetsOf(whom: readonly string[]): string[][] {
  return whom.reduce<string[][]>((sets, who) => [...sets, ...sets.map((set) => [...set, who])], [
    [],
  ]);
}

/** Each action with every choice of its flags; who may subscribe is free for the other three. */
function chosenFlags(action: Action): [string, NamespaceOptions][] {
  return subsetsOf(ACTIONS[action]).map((whom) => [
    `${action}-for-${whom.join("-") || "nobody"}`,
    { ...(action === "subscribe" ? CLOSED : WATCHABLE), ...flags(action, whom) },
  ]);
}

/** Everything is allowed but for one action. */
function allBut(action: Action): [string, NamespaceOptions] {
  const off = Object.fromEntries(Object.keys(flags(action)).map((flag) => [flag, false]));
  return [`all-but-${action}`, { ...EVERYTHING, ...off }];
}

const ACTION_NAMES = Object.keys(ACTIONS) as Action[];

/** Recovery and positioning, as options and as what readers of history are given anyhow. */
const RESUMING: readonly [string, NamespaceOptions][] = [
  ["recovery-off", WATCHABLE],
  ["recovery-allowed", { ...WATCHABLE, allow_recovery: true }],
  ["recovery-forced", { ...WATCHABLE, force_recovery: true }],
  ["recovery-by-history", { ...WATCHABLE, ...flags("history", ["subscriber"]) }],
  ["positioning-allowed", { ...WATCHABLE, allow_positioning: true }],
  ["positioning-forced", { ...WATCHABLE, force_positioning: true }],
];

const JOINING: readonly [string, NamespaceOptions][] = [
  ["joins-off", { ...EVERYTHING, join_leave: false }],
  ["joins-forced", { ...WATCHABLE, force_push_join_leave: true }],
  ["joins-forced-off", { ...WATCHABLE, join_leave: false, force_push_join_leave: true }],
];

const FORMATS = ["", "json", "json_object", "binary"];

/** All namespaces, by name. */
export const NAMESPACES: Readonly<Record<string, NamespaceOptions>> = Object.fromEntries([
  ...ACTION_NAMES.flatMap(chosenFlags),
  ...ACTION_NAMES.map(allBut),
  ...RESUMING,
  ...JOINING,
  ["everything", EVERYTHING],
  ["presence-off", { ...EVERYTHING, presence: false }],
  ["history-off", { ...EVERYTHING, history_size: 0, history_ttl: "0s", allow_recovery: true }],
  ["limited", { ...EVERYTHING, allow_user_limited_channels: true }],
  ["limited-only", { ...CLOSED, allow_user_limited_channels: true }],
  ["spelt", { ...EVERYTHING, channel_regex: "^[a-z]+$" }],
  ...FORMATS.map((format) => [formatNamespace(format), {
    ...EVERYTHING,
    publication_data_format: format,
  }]),
]);

/** The options of channels that name no namespace. */
export const WITHOUT_NAMESPACE: NamespaceOptions = { ...KEPT, ...flags("subscribe") };

/** The namespace in which data has to be of a format. */
export function formatNamespace(format: string): string {
  return `format-${format || "any"}`;
}

/** See {@linkcode formatNamespace}. */
export const DATA_FORMATS: readonly string[] = FORMATS;

function simple(namespace: string): PermissionCase {
  return { name: namespace, channel: (letters) => `${namespace}:${letters}` };
}

function named(name: string, channel: PermissionCase["channel"]): PermissionCase {
  return { name, channel };
}

/** The names in `limited` that say who may subscribe, or seem to. */
const LIMITED_NAMES: readonly PermissionCase[] = ["limited", "limited-only", "everything"]
  .flatMap((namespace) =>
    ["#42", "#7", "#7,42", "#", "#4", "#42#7", "#7#42", "#,"].map((users) =>
      named(`${namespace} ${users}`, (letters) => `${namespace}:${letters}${users}`)
    )
  );

/** Every channel to try. */
export const PERMISSION_CASES: readonly PermissionCase[] = [
  ...Object.keys(NAMESPACES).map(simple),
  ...LIMITED_NAMES,
  named("private", (letters) => `$everything:${letters}`),
  named("private and limited", (letters) => `$limited:${letters}#42`),
  named("private in nothing", (letters) => `$subscribe-for-nobody:${letters}`),
  named("not as the regex has it", (letters) => `spelt:${letters}1`),
  named("private and not as the regex has it", (letters) => `$spelt:${letters}1`),
  named("no namespace", (letters) => letters),
  named("private in no namespace", (letters) => `$${letters}`),
  named("unknown namespace", (letters) => `unknown:${letters}`),
  named("private in an unknown namespace", (letters) => `$unknown:${letters}`),
  named("a namespace without a name", (letters) => `:${letters}`),
];
