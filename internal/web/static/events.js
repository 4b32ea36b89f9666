// Holds the events back while somebody reads them, and copies what is shown. That the newest come by themselves is the
// work of the other scripts; without them the page is complete and needs a reload.
const tools = document.getElementById("tail-tools");
const state = document.getElementById("tail-state");
const pause = document.getElementById("tail-pause");
const tail = document.getElementById("tail");
const limit = Number(tools.dataset.limit);

const rowsOf = (root) => [...root.querySelectorAll('tr[id^="e-"]')];
const seqOf = (row) => Number(row.id.slice(2));

// shownText is the rows, a line each.
function shownText() {
  return rowsOf(tail).map((row) => [...row.cells].map((cell) => (cell.querySelector("time")?.dateTime || cell.textContent).trim().replace(/\s+/g, " ")).join("\t")).join("\n");
}

// shownLines is the rows as the record has them.
async function shownLines() {
  const rows = rowsOf(tail);
  if (rows.length === 0) return "";
  const query = new URLSearchParams(location.search);
  query.set("before", seqOf(rows[0]) + 1);
  query.set("after", seqOf(rows[rows.length - 1]) - 1);
  const answer = await fetch(`/events.jsonl?${query}`);
  if (!answer.ok) throw new Error(answer.status);
  return answer.text();
}

async function copy(text) {
  const hand = document.getElementById("tail-hand");
  const n = rowsOf(tail).length;
  try {
    await navigator.clipboard.writeText(text);
    hand.hidden = true;
    state.textContent = `${n} events copied.`;
  } catch {
    hand.hidden = false;
    hand.value = text;
    hand.select();
    state.textContent = `The browser does not let this page copy: take the ${n} events from the field.`;
  }
}

let held = null; // the newest page, while this one stands still

function put(next) {
  const known = new Map(rowsOf(tail).map((row) => [row.id, row]));
  const body = tail.tBodies[0];
  body.replaceChildren(...[...next.querySelectorAll("#tail tbody tr")].map((row) => known.get(row.id) || document.importNode(row, true)));
}

async function look() {
  if (tail.dataset.keep === undefined) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || tail.dataset.keep === undefined) return;
    held = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return; // the next refresh asks again
  }
  const newest = Math.max(0, ...rowsOf(tail).map(seqOf));
  const n = rowsOf(held).filter((row) => seqOf(row) > newest).length;
  if (n) state.textContent = `Paused: ${n >= limit ? `${limit} or more` : n} new held back.`;
}

function toggle() {
  const stop = tail.dataset.keep === undefined;
  pause.setAttribute("aria-pressed", stop);
  pause.textContent = stop ? "Resume" : "Pause";
  if (stop) {
    tail.dataset.keep = "";
    state.textContent = "Paused.";
    return;
  }
  delete tail.dataset.keep;
  if (held) put(held);
  held = null;
  state.textContent = "Following: the newest first.";
}

if (tools.dataset.tail) {
  pause.hidden = false;
  pause.addEventListener("click", toggle);
  document.addEventListener("quorate:refreshed", look);
  state.textContent = "Following: the newest first.";
}
document.getElementById("tail-copy").addEventListener("click", () => copy(shownText()));
document.getElementById("tail-lines").addEventListener("click", () =>
  shownLines().then(copy, () => {
    state.textContent = "The agent does not answer: nothing was copied.";
  }),
);
document.getElementById("tail-copy").hidden = false;
document.getElementById("tail-lines").hidden = false;
