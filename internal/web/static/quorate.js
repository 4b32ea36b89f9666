// Keeps the page current: every recorded event, and every quarter of a minute, the same address is fetched again and
// what changed is put in place. Without this script the page is complete; it just needs a reload.
const regions = ["limits", "top", "notices", "board", "device", "events", "sources"];
const main = document.getElementById("main");
const live = document.getElementById("live");
const announce = document.getElementById("announce");
let wanted = false;
let busy = false;

function sameShape(a, b) {
  return a.tagName === b.tagName && a.childNodes.length === b.childNodes.length;
}

// morph changes `from` into `to` with as few replacements as it can, so that focus and scrolling stay.
function morph(from, to) {
  if (from.isEqualNode(to)) return;
  if (from.tagName === "TBODY" || !sameShape(from, to)) {
    if (from.tagName === "TBODY") return morphRows(from, to);
    from.replaceWith(document.importNode(to, true));
    return;
  }
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && name !== "open") from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  const targets = [...to.childNodes];
  [...from.childNodes].forEach((child, i) => {
    const target = targets[i];
    if (child.nodeType === Node.ELEMENT_NODE && target.nodeType === Node.ELEMENT_NODE) morph(child, target);
    else if (!child.isEqualNode(target)) child.replaceWith(document.importNode(target, true));
  });
}

// morphRows keeps rows by their id, in the new order.
function morphRows(from, to) {
  const old = new Map([...from.children].filter((r) => r.id).map((r) => [r.id, r]));
  const rows = [...to.children].map((row) => {
    const kept = row.id && old.get(row.id);
    if (!kept) return document.importNode(row, true);
    morph(kept, row);
    return document.getElementById(row.id) || document.importNode(row, true);
  });
  const focused = document.activeElement;
  rows.forEach((row, i) => {
    if (from.children[i] !== row) from.insertBefore(row, from.children[i] || null);
  });
  while (from.children.length > rows.length) from.lastElementChild.remove();
  if (focused && focused !== document.activeElement && document.contains(focused)) focused.focus({ preventScroll: true });
}

async function refresh() {
  if (busy) {
    wanted = true;
    return;
  }
  busy = true;
  wanted = false;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = next.title;
    for (const id of regions) {
      const from = document.getElementById(id);
      const to = next.getElementById(id);
      if (from && to) morph(from, to);
    }
    main.dataset.seq = next.getElementById("main").dataset.seq;
    const stamp = document.querySelector("footer time");
    const newer = next.querySelector("footer time");
    if (stamp && newer) stamp.replaceWith(document.importNode(newer, true));
  } catch {
    live.textContent = "The agent does not answer; trying again.";
  } finally {
    busy = false;
    if (wanted) setTimeout(refresh, 250);
  }
}

let timer = 0;
function soon() {
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    refresh();
  }, 150);
}

let spoken = 0;
function say(text) {
  const now = Date.now();
  if (now - spoken < 5000) return;
  spoken = now;
  announce.textContent = text;
}

const stream = new EventSource(`/live?after=${main.dataset.seq}`);
stream.onopen = () => {
  live.textContent = "Live.";
};
stream.onerror = () => {
  live.textContent = "Connection lost; trying again.";
};
for (const type of ["verdict.changed", "source.suspect", "source.blind", "source.recovered", "incident.opened", "incident.closed", "agent.degraded", "agent.recovered"]) {
  stream.addEventListener(type, (e) => {
    say(JSON.parse(e.data).text || "");
    soon();
  });
}
for (const type of ["verdict.pending", "facet.changed", "dispute.opened", "dispute.closed", "device.discovered", "device.moved", "device.merged", "source.up", "source.crashed", "source.hung", "source.limit", "source.restarted", "source.quarantined", "incident.changed", "milestone.drafted", "publish.refused", "publish.leaked", "flapping.started", "flapping.ended"]) {
  stream.addEventListener(type, soon);
}
setInterval(() => {
  if (!document.hidden) refresh();
}, 15000);
addEventListener("pagehide", () => stream.close());

// j and k walk the rows, / goes to the filter.
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) return;
  if (e.key === "/") {
    const field = document.querySelector("input[type=search]");
    if (field) {
      field.focus();
      e.preventDefault();
    }
  }
  if (e.key === "j" || e.key === "k") {
    const links = [...document.querySelectorAll("#board tbody th a")];
    const at = links.indexOf(document.activeElement);
    const next = links[e.key === "j" ? at + 1 : Math.max(at - 1, 0)];
    if (next) next.focus();
  }
});
