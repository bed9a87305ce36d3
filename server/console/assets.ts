import access from "./access.js" with { type: "text" };
import addresses from "./addresses.js" with { type: "text" };
import channelFeed from "./channel_feed.js" with { type: "text" };
import channelView from "./channel_view.js" with { type: "text" };
import channelsView from "./channels_view.js" with { type: "text" };
import chart from "./chart.js" with { type: "text" };
import clientsView from "./clients_view.js" with { type: "text" };
import connection from "./connection.js" with { type: "text" };
import stylesheet from "./console.css" with { type: "text" };
import main from "./console.js" with { type: "text" };
import dataTable from "./data_table.js" with { type: "text" };
import dialogs from "./dialogs.js" with { type: "text" };
import dom from "./dom.js" with { type: "text" };
import eventFeed from "./event_feed.js" with { type: "text" };
import format from "./format.js" with { type: "text" };
import page from "./index.html" with { type: "text" };
import jsonText from "./json_text.js" with { type: "text" };
import lifecycle from "./lifecycle.js" with { type: "text" };
import lifecyclePanel from "./lifecycle_panel.js" with { type: "text" };
import link from "./link.js" with { type: "text" };
import messageDetail from "./message_detail.js" with { type: "text" };
import messagePanel from "./message_panel.js" with { type: "text" };
import messageStore from "./message_store.js" with { type: "text" };
import metrics from "./metrics.js" with { type: "text" };
import overviewView from "./overview_view.js" with { type: "text" };
import payload from "./payload.js" with { type: "text" };
import presencePanel from "./presence_panel.js" with { type: "text" };
import publishBox from "./publish_box.js" with { type: "text" };
import sequence from "./sequence.js" with { type: "text" };
import serverWatch from "./server_watch.js" with { type: "text" };
import snippets from "./snippets.js" with { type: "text" };
import viewsStylesheet from "./views.css" with { type: "text" };
import virtualList from "./virtual_list.js" with { type: "text" };
import watchedList from "./watched_list.js" with { type: "text" };

/** One file of the console: where it is served, as what, and its text. */
export interface ConsoleAsset {
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

/** The modules of the page, by their names. */
const SCRIPTS: Readonly<Record<string, string>> = {
  ...{ access, addresses, chart, connection, console: main, dialogs, dom, format, lifecycle },
  ...{ link, metrics, payload, sequence, snippets },
  channel_feed: channelFeed,
  channel_view: channelView,
  channels_view: channelsView,
  clients_view: clientsView,
  data_table: dataTable,
  event_feed: eventFeed,
  json_text: jsonText,
  lifecycle_panel: lifecyclePanel,
  message_detail: messageDetail,
  message_panel: messagePanel,
  message_store: messageStore,
  overview_view: overviewView,
  presence_panel: presencePanel,
  publish_box: publishBox,
  server_watch: serverWatch,
  virtual_list: virtualList,
  watched_list: watchedList,
};

/** Every file of the console; the page itself, at `/console`, also works when served at `/`. */
export const CONSOLE_ASSETS: readonly ConsoleAsset[] = [
  { path: "/console", contentType: HTML, body: page },
  { path: "/console/console.css", contentType: CSS, body: stylesheet },
  { path: "/console/views.css", contentType: CSS, body: viewsStylesheet },
  ...Object.entries(SCRIPTS).map(([name, body]) => ({
    path: `/console/${name}.js`,
    contentType: SCRIPT,
    body,
  })),
];
