import type { Counts } from "../metrics/mod.ts";
import type { ProxyOptions } from "./client_address.ts";
import { clientAddress } from "./client_address.ts";

/** A request, and what the runtime says of it. */
interface Answered {
  readonly request: Request;
  readonly info: Deno.ServeHandlerInfo<Deno.NetAddr>;
}

/** Counts an answer, and tells the log of whom was refused. */
export function countAnswer(
  { status, statusText }: Response,
  { request, info }: Answered,
  { counts, proxies }: { readonly counts: Counts; readonly proxies: () => ProxyOptions },
): void {
  const from = () => clientAddress(request.headers, info.remoteAddr.hostname, proxies());
  counts.answered(status, statusText, from);
}
