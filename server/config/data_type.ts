import { isRedisUrl, parseRedisUrls, withoutSecrets } from "../redis/mod.ts";
import type { OptionType } from "./option_types.ts";
import { ofText } from "./option_types.ts";

const RULE = "a file, the word memory, or the URL of a Redis, redis://…";

/** Where history lives: a file, `memory`, or Redis. Passwords in URLs are never printed. */
export const DATA: OptionType<string> = ofText({
  placeholder: "<file|memory|url>",
  rule: RULE,
  schema: { pattern: "^(rediss?://|(?![a-z]+://)).+" },
  parse(text) {
    if (!isRedisUrl(text)) {
      const isFile = text !== "" && !/^[a-z]+:\/\//.test(text);
      return isFile ? { kind: "value", value: text } : { kind: "refused", rule: RULE };
    }
    const parsed = parseRedisUrls(text);
    return parsed.kind === "refused" ? parsed : { kind: "value", value: text };
  },
  print: (value) => isRedisUrl(value) ? withoutSecrets(value) : value,
  conceal: (text) => text.replace(/\/\/[^/]*@/g, "//(hidden)@"),
});
