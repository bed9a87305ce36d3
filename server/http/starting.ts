import type { Counts } from "../metrics/mod.ts";
import { REFUSALS } from "../errors.ts";
import { discardBody } from "./body.ts";
import { countAnswer } from "./count_answer.ts";
import type { HealthRoutes } from "./health.ts";
import { healthz, readyz } from "./health.ts";
import { rawPath } from "./path.ts";
import { refuse } from "./refuse.ts";
import { forbidSniffing } from "./security_headers.ts";

/** Options of {@linkcode startingHandler}. */
export interface StartingOptions {
  readonly health: HealthRoutes;
  readonly counts: Counts;
}

/** Answers while history is not open yet: that the process lives, and nothing else. */
export function startingHandler(
  { health, counts }: StartingOptions,
): Deno.ServeHandler<Deno.NetAddr> {
  const counting = { counts, proxies: () => health.settings().client };
  return async (request, info) => {
    const response = answer(request, info, health);
    forbidSniffing(response);
    countAnswer(response, { request, info }, counting);
    await discardBody(request);
    return response;
  };
}

function answer(
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  health: HealthRoutes,
): Response {
  if (!URL.canParse(request.url)) return refuse(REFUSALS.badHost);
  switch (rawPath(request.url)) {
    case "/healthz":
      return healthz(request, info, health);
    case "/readyz":
      return readyz(health);
    default:
      return refuse(REFUSALS.starting);
  }
}
