/** The console: what its parts have in common, and which view is shown. */

import { Access } from "./access.js";
import { hashOf, viewFromHash } from "./addresses.js";
import { ChannelView } from "./channel_view.js";
import { ChannelsView } from "./channels_view.js";
import { ClientsView } from "./clients_view.js";
import { canRetry } from "./connection.js";
import { ConfirmDialog, SignInDialog } from "./dialogs.js";
import { icon, setAttribute, setText } from "./dom.js";
import { Lifecycle } from "./lifecycle.js";
import { PHASE_WORDS } from "./lifecycle_panel.js";
import { Link } from "./link.js";
import { OverviewView } from "./overview_view.js";
import { ServerWatch } from "./server_watch.js";

const page = Object.fromEntries(
  [...document.querySelectorAll("[id]")].map((element) => [element.id, element]),
);
const access = new Access();
const lifecycle = new Lifecycle();
const link = new Link(onLinkEvent);
const watch = new ServerWatch(access, lifecycle, link);
const confirmDialog = new ConfirmDialog();
const signInDialog = new SignInDialog(access);

/** What the views use. */
const app = {
  ...{ access, lifecycle, link, watch },
  announce: (text) => setText(page["announcement"], text),
  confirm: (question) => confirmDialog.ask(question),
};
const views = {
  overview: new OverviewView(app),
  channels: new ChannelsView(app),
  channel: new ChannelView(app),
  clients: new ClientsView(app),
};
let current = null;

/* Views */

/** The address is the truth, so that links and the history buttons work. */
function followHash() {
  const wanted = viewFromHash(location.hash);
  const view = views[wanted.view];
  const address = hashOf(wanted.view, wanted.channel);
  // An old or a bad address is put right, without a step for the back button.
  if (location.hash !== address) history.replaceState(null, "", address);
  if (current !== view) {
    current?.hide?.();
    page["main"].replaceChildren(view.element);
    // A view begins at its top, as a page does.
    scrollTo(0, 0);
  }
  current = view;
  view.show(wanted);
  renderNavigation(wanted.view);
  renderTitle();
}

function renderNavigation(view) {
  for (const anchor of document.querySelectorAll("[data-view]")) {
    const isHere = anchor.dataset.view === view ||
      (anchor.dataset.view === "channels" && view === "channel");
    setAttribute(anchor, "aria-current", isHere ? "page" : null);
  }
}

function renderTitle() {
  const { phase } = lifecycle;
  const word = phase === "ready" ? [] : [PHASE_WORDS[phase]];
  const name = current?.title ?? "";
  document.title = [...word, name, "Midgard"].filter(Boolean).join(" · ");
}

/* The server */

function onLinkEvent(event) {
  if (event.type === "opened") {
    lifecycle.opened(event.awayMs);
    watch.start();
    access.refresh().catch(() => {});
  } else if (event.type === "closed") {
    lifecycle.closed(event, canRetry(event.code));
    watch.start();
  } else if (event.type === "failed") lifecycle.failed();
}

function renderPhase() {
  const { phase } = lifecycle;
  document.documentElement.dataset.state = phase;
  setText(page["phase-pill"], PHASE_WORDS[phase]);
  renderTitle();
}

/** Asks what is allowed, again and again until somebody answers. */
async function begin() {
  try {
    await access.refresh();
    if (access.hasKey && access.rights.key !== "right") await access.signOut();
    if (access.rights.connect) link.open();
    watch.start();
  } catch {
    lifecycle.failed();
    setTimeout(begin, 1_000);
  }
}

/* Rights and looks */

function renderAccess() {
  const { key } = access.rights;
  const isSignedIn = key === "right";
  page["sign-in"].hidden = key === "unset" || !access.isKnown;
  setText(page["sign-in"].lastElementChild, isSignedIn ? "Sign out" : "Sign in");
}

const THEMES = ["auto", "light", "dark"];

function applyTheme(theme) {
  setAttribute(document.documentElement, "data-theme", theme === "auto" ? null : theme);
  const label = `Colours: ${theme === "auto" ? "as the system" : theme}`;
  setAttribute(page["theme-button"], "aria-label", label);
  setAttribute(page["theme-button"], "title", label);
}

function nextTheme() {
  const now = localStorage.getItem("midgard.theme") ?? "auto";
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
  localStorage.setItem("midgard.theme", next);
  applyTheme(next);
  app.announce(page["theme-button"].title);
}

/** A retry that waits for its time need not when the network, or the reader, is back. */
function retryIfWaiting() {
  if (link.state.retryAtMs && !document.hidden) link.retryNow();
}

for (const place of document.querySelectorAll("[data-icon]")) {
  place.prepend(icon(place.dataset.icon));
}
document.body.append(signInDialog.element, confirmDialog.element);
applyTheme(localStorage.getItem("midgard.theme") ?? "auto");
page["theme-button"].addEventListener("click", nextTheme);
page["sign-in"].addEventListener("click", () => {
  if (access.rights.key === "right") void access.signOut();
  else signInDialog.open();
});
page["skip-link"].addEventListener("click", (event) => {
  event.preventDefault();
  page["main"].focus();
});
access.addEventListener("change", renderAccess);
access.addEventListener("change", () => watch.start());
lifecycle.addEventListener("change", renderPhase);
addEventListener("hashchange", followHash);
addEventListener("online", retryIfWaiting);
document.addEventListener("visibilitychange", retryIfWaiting);
// A page kept for the back button may not hold a connection.
addEventListener("pagehide", () => link.close());
addEventListener("pageshow", ({ persisted }) => persisted && access.rights.connect && link.open());

await begin();
followHash();
