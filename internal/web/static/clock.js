// Ages go on by themselves, on the agent's clock.
let ahead = 0; // ms that this clock is ahead of the agent's
const instants = new WeakMap();

// setClock takes the agent's time from the page.
export function setClock() {
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

// tick writes every age anew.
export function tick() {
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
