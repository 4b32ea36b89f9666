// The stream of recorded events, from the agent or through the tab that listens for all.
import { tell } from "./channel.js";
import { main, say } from "./frame.js";
import { refresh, soon } from "./refresh.js";
import { announce } from "./speak.js";

let seq = Number(main.dataset.seq) || 0;
let stream = null;
let retry = 0;

// listening says that this tab has the stream, and connected that it is open.
export const listening = () => stream !== null;
export const connected = () => stream !== null && stream.readyState === EventSource.OPEN;

// showLive says in the page whether the stream is open, here or in the tab that listens.
export function showLive(on) {
  say(on ? "on" : "lost", on ? "Live." : "Connection lost; trying again.");
}

// open listens from the last event on that was heard.
export function open() {
  close();
  stream = new EventSource(`/live?after=${seq}`);
  stream.onopen = () => {
    retry = 0;
    showLive(true);
    tell({ live: true });
  };
  stream.onerror = () => {
    showLive(false);
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
    if (e.lastEventId !== "") seq = Number(e.lastEventId);
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

export function close() {
  if (stream) stream.close();
  stream = null;
}

// heard takes an event once, from wherever it came.
export function heard(event) {
  if (event.seq <= seq) return;
  seq = event.seq;
  announce(event);
  document.dispatchEvent(new CustomEvent("quorate:event", { detail: event }));
  soon();
}
