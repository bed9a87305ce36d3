import { keepsHistory } from "../config/mod.ts";
import type { Appended } from "../history/mod.ts";
import { REFUSALS } from "../errors.ts";
import type { PublishRequest } from "../hub/mod.ts";
import type { ReplyError } from "../protocol/mod.ts";
import { COMMAND_ERRORS, COUNT, DATA, FLAG, TEXT, TEXT_MAP, TEXTS } from "../protocol/mod.ts";
import type { Payload } from "../publication.ts";
import type { ApiRoutes } from "./api.ts";
import type { ApiOutcome } from "./api_outcome.ts";
import { channelOf, dataOf, failed, withFields } from "./api_outcome.ts";
import { digestOf } from "./publish.ts";

const PUBLICATION = {
  ...{ data: DATA, b64data: TEXT, skip_history: FLAG, tags: TEXT_MAP, idempotency_key: TEXT },
  ...{ delta: FLAG, version: COUNT, version_epoch: TEXT },
};

interface PublicationRequest {
  readonly data?: Payload;
  readonly b64data?: string;
  readonly skip_history?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly idempotency_key?: string;
  readonly delta?: boolean;
  readonly version?: number;
  readonly version_epoch?: string;
}

/** `publish`: the position, where the channel keeps history. */
export const publish = withFields<PublicationRequest & { readonly channel?: string }>(
  { ...PUBLICATION, channel: TEXT },
  async (request, routes) => {
    const draft = await draftOf(request);
    return draft === undefined
      ? failed(COMMAND_ERRORS.badRequest)
      : await publishTo(request.channel, draft, routes);
  },
);

/** Channels of one broadcast. */
const MAX_CHANNELS = 10_000;

/** `broadcast`: one response for each channel, in their order. */
export const broadcast = withFields<PublicationRequest & { readonly channels?: string[] }>(
  { ...PUBLICATION, channels: TEXTS },
  async (request, routes) => {
    const { channels = [] } = request;
    const isBad = channels.length === 0 || channels.length > MAX_CHANNELS;
    const draft = isBad ? undefined : await draftOf(request);
    if (draft === undefined) return failed(COMMAND_ERRORS.badRequest);
    const outcomes = await Promise.all(
      channels.map((channel) => publishTo(channel, draft, routes)),
    );
    return { kind: "result", result: { responses: outcomes.map(responseOf) } };
  },
);

function responseOf(outcome: ApiOutcome): { result: object } | { error: ReplyError } {
  if (outcome.kind === "result") return { result: outcome.result };
  // Unlike a client, a caller is not told that an error is temporary.
  const { code, message } = outcome.kind === "error" ? outcome.error : COMMAND_ERRORS.internal;
  return { error: { code, message } };
}

/** What is published, whatever the channel. */
type Draft =
  & Pick<PublishRequest, "payload" | "idempotency" | "version" | "tags" | "isTransient">
  & {
    readonly hasDelta: boolean;
  };

/** Made once for all channels: a digest takes its time. Undefined for a request that is none. */
async function draftOf(request: PublicationRequest): Promise<Draft | undefined> {
  const payload = dataOf(request);
  const { idempotency_key: key = "", version = 0, version_epoch: epoch = "", tags } = request;
  if (payload === undefined || key.length > 255) return undefined;
  return {
    payload,
    isTransient: request.skip_history === true,
    hasDelta: request.delta === true,
    ...(tags !== undefined && { tags }),
    ...(key !== "" && { idempotency: { key, digest: await digestOf(payload) } }),
    ...(version > 0 && { version: { number: version, epoch } }),
  };
}

async function publishTo(
  name: string | undefined,
  draft: Draft,
  routes: ApiRoutes,
): Promise<ApiOutcome> {
  const named = channelOf(name, routes);
  if (named.kind !== "channel") return named;
  const { channel, options } = named;
  const { hub, counts: { api: counts } } = routes.environment;
  if (hub.isOverloaded) return { kind: "refused", refusal: REFUSALS.overloaded };
  // What was not begun before the closing is not begun at all.
  if (!routes.isAccepting()) return { kind: "refused", refusal: REFUSALS.stopping };
  const hasHistory = keepsHistory(options);
  const hasDelta = options.deltaPublish || draft.hasDelta;
  const appended = await new Promise<Appended>((onAppended) =>
    hub.publish({ ...draft, channel, hasDelta, counts, onAppended })
  );
  return outcomeOf(appended, hasHistory && draft.isTransient !== true);
}

function outcomeOf(appended: Appended, hasPosition: boolean): ApiOutcome {
  switch (appended.kind) {
    case "stored":
    case "repeated":
    case "stale":
      return { kind: "result", result: hasPosition ? appended.position : {} };
    case "conflict":
      return failed(COMMAND_ERRORS.conflict);
    case "failed":
      return { kind: "refused", refusal: REFUSALS.notStored };
  }
}
