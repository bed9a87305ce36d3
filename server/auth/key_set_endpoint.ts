import type { TokenKeys } from "../config/mod.ts";
import type { Origin } from "./registered_claims.ts";

/** Where key sets are, and the regexes whose named groups fill its address. */
export type KeySetEndpointOptions =
  & Pick<TokenKeys, "audienceRegex" | "issuerRegex">
  & { readonly jwksPublicEndpoint: string };

const PLACEHOLDER = /\{\{(.*?)\}\}/g;
/** Letters, `|` and escaped signs: a list of fixed values. */
const LITERALS = String.raw`(?:[^\\()[\]{}.*+?^$]|\\[^\p{L}\p{N}])*`;

/**
 * The address of a key set, in which `{{name}}` stands for a named group of the issuer's or the
 * audience's regex.
 *
 * It is filled from claims that nobody has checked yet: whoever can choose a value chooses the keys.
 * So a group in use must be a list of fixed values, as Centrifugo wants it too, and the regex must
 * match the claim from end to end.
 */
export class KeySetEndpoint {
  readonly #template: string;
  readonly #names: readonly string[];
  readonly #issuerRegex: RegExp | undefined;
  readonly #audienceRegex: RegExp | undefined;

  /** Throws a RangeError for an address, or for a group in it, that cannot be used. */
  constructor({ jwksPublicEndpoint, issuerRegex, audienceRegex }: KeySetEndpointOptions) {
    this.#template = jwksPublicEndpoint;
    this.#names = [...jwksPublicEndpoint.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
    this.#issuerRegex = issuerRegex && wholeRegex(issuerRegex);
    this.#audienceRegex = audienceRegex && wholeRegex(audienceRegex);
    if (!isHttpUrl(jwksPublicEndpoint.replace(PLACEHOLDER, "x"))) {
      throw new RangeError(
        `Cannot fetch keys as "jwks_public_endpoint" must be an http or https URL: current value is ${jwksPublicEndpoint}`,
      );
    }
    const sources = [issuerRegex?.source, audienceRegex?.source].filter((s) => s !== undefined);
    const name = this.#names.find((name) => !isListOfValues(name, sources));
    if (name === undefined) return;
    throw new RangeError(
      `Cannot fetch keys as "{{${name}}}" in "jwks_public_endpoint" must be a named group of issuer_regex or audience_regex that lists fixed values, such as (?<${name}>one|two): current value is ${jwksPublicEndpoint}`,
    );
  }

  /** Whether claims are needed to know the address. */
  get isTemplate(): boolean {
    return this.#names.length > 0;
  }

  /** The address for a token from `origin`, which is not checked yet; undefined if there is none. */
  urlFor(origin: Origin): string | undefined {
    if (!this.isTemplate) return this.#template;
    const groups = { ...this.#issuerGroups(origin), ...this.#audienceGroups(origin) };
    const values = this.#names.map((name) => groups[name]);
    if (!values.every((value) => value !== undefined && isSegment(value))) return undefined;
    const url = this.#template.replace(
      PLACEHOLDER,
      (_, name: string) => encodeURIComponent(groups[name] ?? ""),
    );
    return isHttpUrl(url) ? url : undefined;
  }

  #issuerGroups({ issuer }: Origin): Groups {
    return this.#issuerRegex && groupsIn(issuer, this.#issuerRegex);
  }

  #audienceGroups({ audiences }: Origin): Groups {
    const regex = this.#audienceRegex;
    if (regex === undefined) return undefined;
    return audiences.map((audience) => groupsIn(audience, regex)).find((groups) => groups);
  }
}

type Groups = Readonly<Record<string, string | undefined>> | undefined;

function groupsIn(value: string, regex: RegExp): Groups {
  const match = regex.exec(value);
  // With the flag `m` an anchor matches at the end of a line too.
  return match?.[0] === value ? { ...match.groups } : undefined;
}

function wholeRegex({ source, flags }: RegExp): RegExp {
  return new RegExp(`^(?:${source})$`, flags.replace(/[gy]/g, ""));
}

/** Whether every group of that name in the sources is a list of values, and there is one. */
function isListOfValues(name: string, sources: readonly string[]): boolean {
  const count = (text: string, part: RegExp) => text.match(part)?.length ?? 0;
  if (!/^\w+$/.test(name)) return false;
  const [any, list] = [`\\(\\?<${name}>`, `\\(\\?<${name}>${LITERALS}\\)`].map((pattern) =>
    sources.reduce((sum, source) => sum + count(source, new RegExp(pattern, "gu")), 0)
  );
  return any !== 0 && any === list;
}

/** Not what a URL resolves to another path. */
function isSegment(value: string): boolean {
  return value !== "" && value !== "." && value !== "..";
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
