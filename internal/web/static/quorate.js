// Keeps the page current. Without this script every page is complete; it just needs a reload.
//
// Each recorded event, and a quarter of a minute without one, has the page's own address fetched again, and what differs
// put in place: focus, scrolling, open details and what was typed stay. For other modules of the page:
//   [data-keep]         an element that is never touched by the refresh
//   "quorate:event"     on document, for each recorded event; detail is the event
//   "quorate:refreshed" on document, after each refresh
const main = document.getElementById("main");
const live = document.getElementById("live");
const announce = document.getElementById("announce");
const script = document.querySelector("script[src*='/quorate.']").getAttribute("src");

const PAUSE = 1000; // ms between two refreshes, however many events come
const IDLE = 15000; // ms after which votes have aged enough to look again
const QUIET = 5000; // ms between two announcements

// --- What is shown is made what the server says. ---

function sameKind(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");
}

function morph(from, to) {
  if (!sameKind(from, to)) {
    from.replaceWith(document.importNode(to, true));
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  if (from.dataset.keep !== undefined || touched(from)) return;
  const sameTime = from.dataset.ago !== undefined && from.dateTime === to.dateTime;
  morphAttributes(from, to);
  if (!sameTime) morphChildren(from, to);
}

// touched says that a person has changed a control, or is about to.
function touched(e) {
  switch (e.nodeName) {
    case "INPUT":
      return e === document.activeElement || e.value !== e.defaultValue || e.checked !== e.defaultChecked;
    case "TEXTAREA":
      return e === document.activeElement || e.value !== e.defaultValue;
    case "SELECT":
      return e === document.activeElement || [...e.options].some((o) => o.selected !== o.defaultSelected);
  }
  return false;
}

function morphAttributes(from, to) {
  const theirs = from.nodeName === "DETAILS" || from.nodeName === "DIALOG" ? "open" : "";
  for (const { name } of [...from.attributes]) if (name !== theirs && !to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (name !== theirs && from.getAttribute(name) !== value) from.setAttribute(name, value);
}

// morphChildren keeps children by their id, in the new order, and others by their place.
function morphChildren(from, to) {
  const kept = new Map();
  for (const c of from.children) if (c.id) kept.set(c.id, c);
  const wanted = new Set();
  for (const c of to.children) if (c.id) wanted.add(c.id);
  for (const [id, c] of kept) if (!wanted.has(id)) c.remove();
  let at = from.firstChild;
  for (const target of [...to.childNodes]) {
    const old = target.id ? kept.get(target.id) : undefined;
    if (old && old === at) {
      at = at.nextSibling;
      morph(old, target);
    } else if (old) {
      move(from, old, at);
      morph(old, target);
    } else if (!target.id && at && sameKind(at, target)) {
      const next = at.nextSibling;
      morph(at, target);
      at = next;
    } else {
      from.insertBefore(document.importNode(target, true), at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

// move keeps focus and animations where the browser can.
function move(parent, child, before) {
  if (parent.moveBefore) parent.moveBefore(child, before);
  else parent.insertBefore(child, before);
}

// --- Refreshing. ---

let busy = false;
let wanted = false;
let timer = 0;
let last = 0;

// soon refreshes in a moment, once for all that ask until then.
function soon() {
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    refresh();
  }, Math.max(100, last + PAUSE - Date.now()));
}

async function refresh() {
  if (busy) {
    wanted = true;
    return;
  }
  busy = true;
  wanted = false;
  const address = location.href;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.redirected || answer.status === 401 || answer.status === 403) {
      say("lost", "Log in again, and reload.");
      return;
    }
    if (answer.status >= 500) throw new Error(answer.status);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (address !== location.href) wanted = true;
    else show(next);
  } catch {
    say("lost", "The agent does not answer; trying again.");
  } finally {
    busy = false;
    last = Date.now();
    if (wanted) soon();
  }
}

function show(next) {
  const theirs = next.querySelector("script[src*='/quorate.']");
  // Another agent answers than the one this page came from: its page and this script may not fit.
  if (!theirs) return;
  if (theirs.getAttribute("src") !== script) {
    if (![...main.querySelectorAll("input,textarea,select")].some(touched)) location.reload();
    return;
  }
  const focused = document.activeElement;
  document.title = next.title;
  const icon = document.querySelector("link[rel=icon]");
  const newer = next.querySelector("link[rel=icon]").getAttribute("href");
  if (icon.getAttribute("href") !== newer) icon.setAttribute("href", newer);
  for (const part of ["#limits", "#main", "footer"]) {
    const [from, to] = [document.querySelector(part), next.querySelector(part)];
    if (from && to) morph(from, to);
  }
  if (focused !== document.activeElement && focused.isConnected && focused !== document.body) focused.focus({ preventScroll: true });
  setClock();
  tick();
  document.dispatchEvent(new CustomEvent("quorate:refreshed"));
}

// --- Ages go on by themselves, on the agent's clock. ---

let ahead = 0; // ms that this clock is ahead of the agent's
const instants = new WeakMap();

function setClock() {
  const stamp = document.getElementById("as-of");
  if (stamp && instants.get(stamp) !== stamp.dateTime) {
    instants.set(stamp, stamp.dateTime);
    ahead = Date.now() - Date.parse(stamp.dateTime);
  }
}

// age says a duration in the words of the server.
function age(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d`;
}

function tick() {
  if (document.hidden) return;
  const now = Date.now() - ahead;
  for (const t of document.querySelectorAll("time[data-ago]")) {
    const known = instants.get(t);
    const at = known && known.of === t.dateTime ? known.at : Date.parse(t.dateTime);
    if (!known || known.of !== t.dateTime) instants.set(t, { of: t.dateTime, at });
    const text = age(now - at);
    if (t.firstChild && t.firstChild.data !== text) t.firstChild.data = text;
  }
}

// --- The stream: one for all tabs of this browser. ---

let seq = Number(main.dataset.seq) || 0;
let stream = null;
let retry = 0;
const others = "BroadcastChannel" in window ? new BroadcastChannel("quorate") : null;

function say(state, text) {
  live.dataset.state = state;
  live.textContent = text;
}

function tell(message) {
  if (others) others.postMessage(message);
}

function open() {
  close();
  stream = new EventSource(`/live?after=${seq}`);
  stream.onopen = () => {
    retry = 0;
    say("on", "Live.");
    tell({ live: true });
  };
  stream.onerror = () => {
    say("lost", "Connection lost; trying again.");
    tell({ live: false });
    if (!stream || stream.readyState !== EventSource.CLOSED) return;
    // The agent said no: as many listen as may, or it asks for a login.
    retry = Math.min(retry + 1, 6);
    setTimeout(() => {
      if (stream) open();
    }, 1000 * 2 ** retry * (0.5 + Math.random() / 2));
    refresh();
  };
  stream.addEventListener("reset", (e) => {
    // What was missed is no longer in the record; the page itself has what came of it.
    seq = Number(e.lastEventId) || seq;
    tell({ reset: true });
    soon();
  });
  for (const type of main.dataset.events.split(" ")) {
    stream.addEventListener(type, (e) => {
      const event = JSON.parse(e.data);
      tell({ event });
      heard(event);
    });
  }
}

function close() {
  if (stream) stream.close();
  stream = null;
}

function heard(event) {
  if (event.seq <= seq) return;
  seq = event.seq;
  if (spokenOf.has(event.type) && event.text) queue(event.text);
  document.dispatchEvent(new CustomEvent("quorate:event", { detail: event }));
  soon();
}

let leader = null; // ends being the tab that listens
let answered = 0;

// lead listens for all tabs, as soon as no other tab does. Where there are no locks, each tab listens while it is seen.
function lead(steal) {
  if (!navigator.locks || !others) {
    if (!document.hidden) open();
    return;
  }
  navigator.locks
    .request("quorate-live", steal ? { steal: true } : {}, () => {
      open();
      return new Promise((done) => {
        leader = done;
      });
    })
    .catch(() => {
      // Another tab took over, for this one slept.
      leader = null;
      close();
      lead(false);
    });
}

function resign() {
  close();
  if (leader) leader();
  leader = null;
}

if (others) {
  others.onmessage = ({ data }) => {
    if (data.ask && stream) tell({ live: stream.readyState === EventSource.OPEN });
    if (data.live !== undefined && !stream) {
      answered = Date.now();
      say(data.live ? "on" : "lost", data.live ? "Live." : "Connection lost; trying again.");
    }
    if (data.event && !stream) heard(data.event);
    if (data.reset && !stream) soon();
    if (data.theme !== undefined) paint(data.theme);
  };
}

// seen asks whether the tab that listens is awake, and takes over where it is not.
function seen() {
  refresh();
  if (!navigator.locks || !others) {
    if (!stream) lead(false);
    return;
  }
  if (stream) return;
  const asked = Date.now();
  tell({ ask: true });
  setTimeout(() => {
    if (!stream && answered < asked && !document.hidden) lead(true);
  }, 2000);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) seen();
  else if (!navigator.locks || !others) close();
});
addEventListener("pagehide", resign);
addEventListener("pageshow", (e) => {
  if (!e.persisted) return;
  lead(false);
  seen();
});

// --- What is said to those who listen to the page: what changed, at most every five seconds. ---

const spokenOf = new Set(["verdict.changed", "source.suspect", "source.blind", "source.recovered", "incident.opened", "incident.closed", "agent.degraded", "agent.recovered"]);
let spoken = 0;
let waiting = [];
let saying = 0;

function queue(text) {
  waiting.push(text);
  if (saying) return;
  saying = setTimeout(
    () => {
      saying = 0;
      spoken = Date.now();
      const more = waiting.length - 2;
      announce.textContent = waiting.slice(0, 2).join(". ") + (more > 0 ? `. And ${more} more changes.` : "");
      waiting = [];
    },
    Math.max(200, spoken + QUIET - Date.now()),
  );
}

// --- Colours. ---

const theme = document.getElementById("theme");

function paint(name) {
  const root = document.documentElement;
  if (name === "system") delete root.dataset.theme;
  else root.dataset.theme = name;
  document.querySelector("meta[name=color-scheme]").content = name === "system" ? "light dark" : name;
  for (const b of theme.querySelectorAll("button")) b.setAttribute("aria-pressed", String(b.value === name));
}

theme.addEventListener("submit", (e) => {
  const name = e.submitter && e.submitter.value;
  if (!name) return;
  e.preventDefault();
  const life = name === "system" ? 0 : 400 * 24 * 60 * 60;
  document.cookie = `quorate_theme=${name}; path=/; max-age=${life}; samesite=strict${location.protocol === "https:" ? "; secure" : ""}`;
  paint(name);
  tell({ theme: name });
});

// --- Searching without leaving the page: form[data-search]. ---

let typing = 0;
function search(form) {
  const query = new URLSearchParams([...new FormData(form)].filter(([, v]) => v !== ""));
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? "?" + text : ""));
  last = 0;
  refresh();
}
document.addEventListener("input", (e) => {
  const form = e.target.closest("form[data-search]");
  if (!form) return;
  clearTimeout(typing);
  typing = setTimeout(() => search(form), 200);
});
document.addEventListener("submit", (e) => {
  if (!e.target.matches("form[data-search]")) return;
  e.preventDefault();
  clearTimeout(typing);
  search(e.target);
});

// --- Keys. ---

const help = document.createElement("dialog");
help.setAttribute("aria-labelledby", "help-title");
help.innerHTML = `<h2 id="help-title">Keyboard</h2><dl class="facts"><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next, previous row</dd>
<dt><kbd>Enter</kbd> <kbd>o</kbd></dt><dd>open the row</dd><dt><kbd>/</kbd></dt><dd>search</dd><dt><kbd>Esc</kbd></dt><dd>leave the search, close this</dd>
<dt><kbd>?</kbd></dt><dd>this help</dd></dl><p><label class="inline"><input type="checkbox" id="keys-on"> Keys are on</label></p>
<form method="dialog"><button>Close</button></form>`;
document.body.append(help);
const keysOn = help.querySelector("#keys-on");
const remembered = () => {
  try {
    return localStorage.getItem("quorate-keys") !== "off";
  } catch {
    return true;
  }
};
keysOn.checked = keysOn.defaultChecked = remembered();
keysOn.addEventListener("change", () => {
  try {
    localStorage.setItem("quorate-keys", keysOn.checked ? "on" : "off");
  } catch {
    // It holds until the page is left.
  }
});
const opener = document.createElement("button");
opener.type = "button";
opener.className = "keys";
opener.title = "Keyboard shortcuts";
opener.setAttribute("aria-label", "Keyboard shortcuts");
opener.textContent = "?";
opener.addEventListener("click", () => help.showModal());
theme.before(opener);

function walk(step) {
  const rows = [...main.querySelectorAll("tbody th[scope=row] a")].filter((a) => a.getClientRects().length > 0);
  const at = rows.indexOf(document.activeElement);
  const row = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
  if (!row) return;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || help.open) return;
  const on = document.activeElement;
  if (on.matches("input,select,textarea,[contenteditable]")) {
    if (e.key === "Escape" && on.type === "search") on.blur();
    return;
  }
  if (!keysOn.checked) return;
  switch (e.key) {
    case "/": {
      const field = main.querySelector("input[type=search]");
      if (!field) return;
      field.focus();
      field.select();
      break;
    }
    case "j":
      walk(1);
      break;
    case "k":
      walk(-1);
      break;
    case "o":
      if (on.matches("main a")) on.click();
      break;
    case "?":
      help.showModal();
      break;
    default:
      return;
  }
  e.preventDefault();
});

setClock();
tick();
setInterval(tick, 1000);
setInterval(() => {
  if (Date.now() - last > (document.hidden ? 4 * IDLE : IDLE)) refresh();
}, 5000);
lead(false);
