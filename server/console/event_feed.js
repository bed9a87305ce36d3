/**
 * A channel read as Server-Sent Events with the API key in a header, which neither a WebSocket nor
 * an EventSource can send. For servers that let nobody in without a token.
 */

import { retryDelayMs } from "./connection.js";
import { channelPath } from "./addresses.js";

/** Reads `channel` until the function that it gives is called; tells `handler` what Link's is told. */
export function readEvents(access, channel, handler) {
  const stop = new AbortController();
  void follow(access, { channel, handler, signal: stop.signal });
  return () => stop.abort();
}

async function follow(access, { channel, handler, signal }) {
  const place = { id: "" };
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const headers = { Accept: "text/event-stream" };
      if (place.id !== "") headers["Last-Event-ID"] = place.id;
      const response = await access.fetch(channelPath(channel), { headers, signal });
      attempt = 0;
      await read(response, { handler, place });
    } catch (error) {
      if (signal.aborted) return;
      if (isFinal(error)) return handler({ type: "refused", error });
    }
    if (signal.aborted) return;
    handler({ type: "away" });
    await new Promise((resolve) => setTimeout(resolve, retryDelayMs(attempt)));
  }
}

/** A limit that is reached is so for a while. */
function isFinal({ status }) {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

async function read(response, { handler, place }) {
  const isBack = place.id !== "";
  let isNew = true;
  const parser = new EventParser(({ event, data, id }) => {
    const [epoch, offset] = split(id || place.id);
    place.id = id || place.id;
    if (isNew || event === "reset") {
      const recovered = event !== "reset";
      handler({ type: "subscribed", isBack, recovered, epoch, offset });
      isNew = false;
    }
    if (event === "message" || event === "binary") {
      const form = event === "binary" ? "base64" : "text";
      handler({ type: "publication", offset, raw: data, form });
    }
  });
  const text = response.body.pipeThrough(new TextDecoderStream());
  for await (const chunk of chunksOf(text)) parser.add(chunk);
}

/** Not every browser lets a stream be iterated. */
async function* chunksOf(stream) {
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

function split(id) {
  const at = id.lastIndexOf(":");
  return [id.slice(0, Math.max(0, at)), Number(id.slice(at + 1))];
}

/** Reads `text/event-stream` as the HTML standard says (9.2.6), whatever the chunks are. */
export class EventParser {
  #onEvent;
  #rest = "";
  #fields = { event: "", data: [], id: "" };

  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  add(chunk) {
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const [, name, value] = /^([^:]*):? ?([\s\S]*)$/.exec(line);
    if (name === "data") this.#fields.data.push(value);
    else if (name === "event" || name === "id") this.#fields[name] = value;
  }

  #dispatch() {
    const { event, data, id } = this.#fields;
    this.#fields = { event: "", data: [], id: "" };
    const isSomething = data.length > 0 || id !== "";
    const name = event || (data.length > 0 ? "message" : "begin");
    if (isSomething) this.#onEvent({ event: name, data: data.join("\n"), id });
  }
}
