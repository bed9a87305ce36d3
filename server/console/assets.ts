import connectionScript from "./connection.js" with { type: "text" };
import consoleScript from "./console.js" with { type: "text" };
import stylesheet from "./console.css" with { type: "text" };
import messagesScript from "./messages.js" with { type: "text" };
import page from "./index.html" with { type: "text" };

/** One file of the console: where it is served, as what, and its text. */
export interface ConsoleAsset {
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

/** Every file of the console; the page itself, at `/console`, also works when served at `/`. */
export const CONSOLE_ASSETS: readonly ConsoleAsset[] = [
  { path: "/console", contentType: HTML, body: page },
  { path: "/console/console.css", contentType: CSS, body: stylesheet },
  { path: "/console/console.js", contentType: SCRIPT, body: consoleScript },
  { path: "/console/connection.js", contentType: SCRIPT, body: connectionScript },
  { path: "/console/messages.js", contentType: SCRIPT, body: messagesScript },
];
