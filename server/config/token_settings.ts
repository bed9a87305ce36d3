import type { TokenKeys } from "./client_options.ts";
import { NO_TOKEN_KEYS } from "./client_options.ts";
import type { OptionType, Parsed } from "./option_types.ts";
import { matching, optional, orBlank, SWITCH, text, wholeNumber } from "./option_types.ts";
import { REGEX } from "./regex_type.ts";
import type { Setting, SettingRows, Settings } from "./setting.ts";
import { withDefaults } from "./setting.ts";

const PEM = text("<PEM>", "a public key in PEM");
const CLAIM = matching(/^[a-zA-Z_]+$/, {
  placeholder: "<claim>",
  what: "the name of a claim: letters and underscores",
});
const ENDPOINT = matching(/^https?:\/\/\S+$/, {
  placeholder: "<url>",
  what: "a URL that begins with https:// or http://",
});
const SECONDS = wholeNumber(0, 100_000_000_000);

/** Unix seconds, of which 0 means no end, as in Centrifugo. */
const END: OptionType<number | undefined> = {
  ...SECONDS,
  parse: (text) => endOf(SECONDS.parse(text)),
  read: (json) => endOf(SECONDS.read(json)),
  print: (value) => value === undefined ? "" : SECONDS.print(value),
};

const ROWS: SettingRows<TokenKeys> = {
  hmacSecretKey: {
    key: "hmac_secret_key",
    type: optional(text("<secret>", "a secret")),
    isSecret: true,
    help: "HMAC secret of tokens",
  },
  hmacPreviousSecretKey: {
    key: "hmac_previous_secret_key",
    type: optional(text("<secret>", "a secret")),
    isSecret: true,
    help: "HMAC secret that is still accepted while it is being replaced",
  },
  hmacPreviousSecretKeyValidUntil: {
    key: "hmac_previous_secret_key_valid_until",
    type: END,
    help: "Unix seconds until which the previous secret is accepted; 0 for no end",
  },
  rsaPublicKey: { key: "rsa_public_key", type: optional(PEM), help: "RSA public key, in PEM" },
  ecdsaPublicKey: {
    key: "ecdsa_public_key",
    type: optional(PEM),
    help: "ECDSA public key, in PEM",
  },
  jwksPublicEndpoint: {
    key: "jwks_public_endpoint",
    type: optional(ENDPOINT),
    help: "URL of a JSON Web Key Set; {{name}} stands for a named group of a regex below",
  },
  audience: {
    key: "audience",
    type: optional(text("<audience>", "a text")),
    help: "aud that a token must have",
  },
  audienceRegex: {
    key: "audience_regex",
    type: optional(REGEX),
    help: "what aud of a token must match",
  },
  issuer: {
    key: "issuer",
    type: optional(text("<issuer>", "a text")),
    help: "iss that a token must have",
  },
  issuerRegex: {
    key: "issuer_regex",
    type: optional(REGEX),
    help: "what iss of a token must match",
  },
  userIdClaim: {
    key: "user_id_claim",
    type: orBlank(CLAIM, NO_TOKEN_KEYS.userIdClaim),
    help: "the claim that holds the user id",
  },
};

/** `client.token.*` and `client.subscription_token.*` in the configuration file. */
export const TOKEN_SETTINGS: Settings<TokenKeys> = withDefaults(ROWS, NO_TOKEN_KEYS);

/** `client.subscription_token.enabled` in the configuration file. */
export const SUBSCRIPTION_TOKEN_SWITCH: Setting<boolean> = {
  key: "enabled",
  type: SWITCH,
  default: false,
  help: "subscription tokens are checked with keys of their own",
};

/** Whether tokens of this kind can be checked at all. */
export function hasKeys(keys: TokenKeys): boolean {
  return [keys.hmacSecretKey, keys.rsaPublicKey, keys.ecdsaPublicKey, keys.jwksPublicEndpoint]
    .some((key) => key !== undefined);
}

function endOf(parsed: Parsed<number>): Parsed<number | undefined> {
  return parsed.kind === "value" && parsed.value === 0
    ? { kind: "value", value: undefined }
    : parsed;
}
