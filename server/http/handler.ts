import { STATUS_CODE } from "@std/http/status";
import type { InFlight } from "../../lifecycle/mod.ts";
import { REFUSALS } from "../errors.ts";
import type { Counts } from "../metrics/mod.ts";
import { visitOf } from "./admission.ts";
import { discardBody } from "./body.ts";
import { countAnswer } from "./count_answer.ts";
import { hostOf } from "./host.ts";
import type { HostPolicy } from "./origin.ts";
import type { Answer } from "./routes.ts";
import { refuse } from "./refuse.ts";
import { forbidSniffing } from "./security_headers.ts";
import type { UpgradeGuards } from "./upgrade.ts";
import { upgrade, wantsUpgrade } from "./upgrade.ts";

/** Options of {@linkcode requestHandler}. */
export interface HandlerOptions {
  readonly guards: UpgradeGuards;
  readonly answer: Answer;
  /** By which names the server may be called; undefined if by any. */
  readonly hosts: Pick<HostPolicy, "allows"> | undefined;
  /** Follows each answer until its last byte is out. */
  readonly requests: InFlight;
  /** Where answers are counted. */
  readonly counts: Counts;
  /** Told what broke; the client is told only that something did. */
  readonly onError: (error: unknown) => void;
}

type Info = Deno.ServeHandlerInfo<Deno.NetAddr>;

/** The handler of `Deno.serve`: every request comes in here, and none of them can end the process. */
export function requestHandler(
  { guards, answer, hosts, requests, counts, onError }: HandlerOptions,
): Deno.ServeHandler<Deno.NetAddr> {
  const respondPlainly = async (request: Request, info: Info) => {
    const response = await answer(request, info, requests.track(info.completed));
    forbidSniffing(response);
    return response;
  };
  const respond = (request: Request, info: Info) => {
    if (!URL.canParse(request.url)) return refuse(REFUSALS.badHost);
    if (hosts?.allows(hostOf(request)) === false) return refuse(REFUSALS.wrongHost);
    if (!wantsUpgrade(request)) return respondPlainly(request, info);
    const follow = (response: Response) => {
      if (response.status !== STATUS_CODE.SwitchingProtocols) requests.track(info.completed);
      return response;
    };
    // The upgrade's own response must be returned as it is: no middleware may touch it.
    const response = upgrade(visitOf(request, info, guards), guards);
    return response instanceof Promise ? response.then(follow) : follow(response);
  };
  const counting = { counts, proxies: () => guards.settings().client };
  return async (request, info) => {
    const answered = { request, info };
    try {
      const response = await respond(request, info);
      countAnswer(response, answered, counting);
      if (response.status >= STATUS_CODE.BadRequest) await discardBody(request);
      return response;
    } catch (error) {
      onError(error);
      const response = refuse(REFUSALS.internal);
      countAnswer(response, answered, counting);
      return response;
    }
  };
}
