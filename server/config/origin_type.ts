import { matching } from "./option_types.ts";

/** The origins of pages: a scheme and a host, with `*` wildcards, or `*` alone. */
export const ORIGIN = matching(/^(\*|[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/\s]+)$/, {
  placeholder: "<origin>",
  what: "an origin such as https://example.com or https://*.example.com",
});
