import type { Refusal } from "../errors.ts";
import { forbidSniffing } from "./security_headers.ts";

/**
 * The answer to a request that is refused: a status and one JSON object, nothing of the inside. The
 * refusal's code is its `statusText`, too, for whoever counts answers: that outlives whatever the
 * router does to a response, and the runtime does not send it.
 *
 * @param where What in the request it is about, for programs.
 */
export function refuse(
  refusal: Refusal,
  headers: HeadersInit = {},
  where: { readonly line?: number } = {},
): Response {
  const { status, code, message } = refusal;
  const response = Response.json({ error: { code, message, ...where } }, {
    status,
    statusText: code,
    headers,
  });
  // Here, as not every refusal goes past the router.
  forbidSniffing(response);
  response.headers.set("cache-control", "no-store");
  if (status === 503 && !response.headers.has("retry-after")) {
    response.headers.set("retry-after", RETRY_AFTER_S);
  }
  return response;
}

/** A restart takes well under a second; one is the smallest number that the header can say. */
const RETRY_AFTER_S = "1";
