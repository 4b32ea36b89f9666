// One tab of this browser listens for all: browsers allow few connections to one host.
import { onTold, shares, tell } from "./channel.js";
import { refresh, soon } from "./refresh.js";
import { close, connected, heard, listening, open, showLive } from "./stream.js";

const AWAKE = 2000; // ms that the tab that listens has to answer

let leader = null; // ends being the tab that listens
let answered = 0;

// start listens, or asks how the tab does that listens.
export function start() {
  lead(false);
  check();
}

// lead listens for all tabs, as soon as no other tab does. Where there are no locks, each tab listens while it is seen.
function lead(steal) {
  if (!shares) {
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

onTold((data) => {
  if (listening()) {
    if (data.ask) tell({ live: connected() });
    return;
  }
  if (data.live !== undefined) {
    answered = Date.now();
    showLive(data.live);
  }
  if (data.event) heard(data.event);
  if (data.reset) soon();
});

// check asks whether the tab that listens is awake, and takes over where it is not.
function check() {
  if (!shares || listening()) return;
  const asked = Date.now();
  tell({ ask: true });
  setTimeout(() => {
    if (!listening() && answered < asked && !document.hidden) lead(true);
  }, AWAKE);
}

function seen() {
  refresh();
  if (!shares && !listening()) lead(false);
  check();
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) seen();
  else if (!shares) close();
});
addEventListener("pagehide", resign);
addEventListener("pageshow", (e) => {
  if (!e.persisted) return;
  lead(false);
  seen();
});
