import { waitFor } from "../../../tests/helpers/wait.ts";
import { type Client, connectCrowd } from "./client.ts";
import { channelOf, dialectOf, type Protocol } from "./dialect.ts";
import type { ScannedFrame } from "./frame_scanner.ts";

/** Which subscribers to connect. */
export interface SubscriberWish {
  readonly port: number;
  readonly protocol: Protocol;
  readonly clients: number;
  readonly channels: number;
  /** Told of each frame that follows the answers, and of the index of its client. */
  readonly onData: (frame: ScannedFrame, index: number) => void;
}

const SUBSCRIBED_WITHIN_MS = 60_000;
const decoder = new TextDecoder();

/** Connects clients and subscribes each to one channel; those that were refused are missing. */
export async function connectSubscribers(wish: SubscriberWish): Promise<Client[]> {
  const { port, protocol, channels, onData } = wish;
  const { path, subscription, isSubscribed: holds } = dialectOf(protocol);
  const isSubscribed = Array.from({ length: wish.clients }, () => protocol === "plain");
  let subscribed = protocol === "plain" ? wish.clients : 0;
  const clients = await connectCrowd(wish.clients, (index) => ({
    port,
    path: path(channelOf(index, channels)),
    // At once, as the SDKs do.
    onOpen: (client) => {
      const frame = subscription(channelOf(index, channels));
      if (frame !== undefined) void client.send(frame);
    },
    onData: (frame) => {
      if (isSubscribed[index]) return onData(frame, index);
      const text = decoder.decode(frame.bytes.subarray(frame.start, frame.end));
      if (text.includes('"error"')) throw new Error(`Cannot subscribe: ${text}`);
      if (!holds(text)) return;
      isSubscribed[index] = true;
      subscribed += 1;
    },
  }));
  const isDone = () => subscribed >= clients.length;
  await waitFor(isDone, { deadlineMs: SUBSCRIBED_WITHIN_MS, what: "all subscriptions" });
  return clients;
}
