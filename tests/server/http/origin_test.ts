import { assertEquals } from "@std/assert";
import { OriginPolicy } from "../../../server/http/mod.ts";

interface Case {
  readonly allowed?: readonly string[];
  readonly origin: string | null;
  readonly host?: string | null;
  readonly isAllowed: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  "lets programs in, which send no origin": { origin: null, isAllowed: true },
  "lets in its own pages": { origin: "http://example.com:8000", isAllowed: true },
  "lets in its own pages behind TLS": { origin: "https://example.com:8000", isAllowed: true },
  "compares hosts without regard to case": { origin: "http://EXAMPLE.com:8000", isAllowed: true },
  "compares the Host header without regard to case": {
    origin: "http://example.com",
    host: "Example.COM",
    isAllowed: true,
  },
  "keeps other hosts out": { origin: "http://other.com:8000", isAllowed: false },
  "keeps other ports out": { origin: "http://example.com:8001", isAllowed: false },
  "keeps out a host that ends like its own": {
    origin: "http://not-example.com:8000",
    isAllowed: false,
  },
  "keeps out a host that begins like its own": {
    origin: "http://example.com:8000.evil.com",
    isAllowed: false,
  },
  "keeps out pages without an origin": { origin: "null", isAllowed: false },
  "keeps out an empty origin": { origin: "", isAllowed: false },
  "keeps out files": { origin: "file://", isAllowed: false },
  "keeps out an origin with a path": { origin: "http://example.com:8000/", isAllowed: false },
  "keeps out another scheme of its own host": {
    origin: "ftp://example.com:8000",
    isAllowed: false,
  },
  "keeps everyone with an origin out when the Host is missing": {
    origin: "http://example.com:8000",
    host: null,
    isAllowed: false,
  },
  "lets in an origin that is named": {
    allowed: ["https://a.com", "https://b.com"],
    origin: "https://b.com",
    isAllowed: true,
  },
  "takes the scheme of a named origin seriously": {
    allowed: ["https://a.com"],
    origin: "http://a.com",
    isAllowed: false,
  },
  "takes the port of a named origin seriously": {
    allowed: ["https://a.com"],
    origin: "https://a.com:444",
    isAllowed: false,
  },
  "compares named origins without regard to case": {
    allowed: ["https://A.com"],
    origin: "https://a.COM",
    isAllowed: true,
  },
  "takes a dot for a dot": {
    allowed: ["https://a.com"],
    origin: "https://axcom",
    isAllowed: false,
  },
  "takes no part of an origin for the whole": {
    allowed: ["https://a.com"],
    origin: "https://a.com.evil.com",
    isAllowed: false,
  },
  "takes no end of an origin for the whole": {
    allowed: ["https://a.com"],
    origin: "xhttps://a.com",
    isAllowed: false,
  },
  "lets in any subdomain by a wildcard": {
    allowed: ["https://*.a.com"],
    origin: "https://x.y.a.com",
    isAllowed: true,
  },
  "does not take the domain itself for a subdomain": {
    allowed: ["https://*.a.com"],
    origin: "https://a.com",
    isAllowed: false,
  },
  "does not let a wildcard stand for the end": {
    allowed: ["https://*.a.com"],
    origin: "https://x.a.com.evil.com",
    isAllowed: false,
  },
  "does not let a wildcard reach over a slash": {
    allowed: ["https://*.a.com"],
    origin: "https://evil.com/x.a.com",
    isAllowed: false,
  },
  "lets in any port by a wildcard": {
    allowed: ["http://localhost:*"],
    origin: "http://localhost:5173",
    isAllowed: true,
  },
  "lets in everyone by a lone wildcard": {
    allowed: ["*"],
    origin: "https://anything.example",
    isAllowed: true,
  },
  "lets in pages without an origin by a lone wildcard": {
    allowed: ["*"],
    origin: "null",
    isAllowed: true,
  },
  "lets in its own pages whatever else is named": {
    allowed: ["https://a.com"],
    origin: "http://example.com:8000",
    isAllowed: true,
  },
  "takes no other character for a wildcard": {
    allowed: ["https://(a|b).com", "https://[ab].com", "https://a+.com", "https://a?.com"],
    origin: "https://a.com",
    isAllowed: false,
  },
};

for (
  const [name, { allowed = [], origin, host = "example.com:8000", isAllowed }] of Object.entries(
    CASES,
  )
) {
  Deno.test(`OriginPolicy ${name}`, () => {
    assertEquals(new OriginPolicy(allowed).allows(origin, host), isAllowed);
  });
}
