// The page's own address is fetched again, and what differs is put in place.
import { setClock, tick } from "./clock.js";
import { main, say, script } from "./frame.js";
import { morph, touched } from "./morph.js";

const PAUSE = 1000; // ms between two refreshes, however many events come
const IDLE = 15000; // ms after which votes have aged enough to look again

let busy = false;
let wanted = false;
let timer = 0;
let last = 0;

// soon refreshes in a moment, once for all that ask until then.
export function soon() {
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    refresh();
  }, Math.max(100, last + PAUSE - Date.now()));
}

// idle refreshes where nothing else did for a while: less often where nobody looks.
export function idle() {
  if (Date.now() - last > (document.hidden ? 4 * IDLE : IDLE)) refresh();
}

// refresh fetches now. The answer to an order stays as it is: its address takes orders alone.
export async function refresh() {
  if (main.dataset.answer !== undefined) return;
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
  const theirs = next.querySelector("script[src$='/quorate.js']");
  // Another agent answers than the one this page came from: its page and these scripts may not fit.
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
