// Follows the record on the page of events: each commit fetches the same address again and puts the rows that are new on
// top. Paused, it holds them back and says how many. Without this script the page is complete; it needs a reload.
const tools = document.getElementById("tail-tools");
const state = document.getElementById("tail-state");
const pause = document.getElementById("tail-pause");
const file = document.getElementById("tail-file");
const body = document.querySelector("#tail tbody");
const limit = Number(tools.dataset.limit);

const rowsOf = (root) => [...root.querySelectorAll('tr[id^="e-"]')];
const seqOf = (row) => Number(row.id.slice(2));

// shown are the rows as text, a line each.
function shownText() {
  return rowsOf(body).map((row) => [...row.cells].map((cell) => (cell.querySelector("time")?.dateTime || cell.textContent).trim().replace(/\s+/g, " ")).join("\t")).join("\n");
}

// shownLines are the rows as the record has them.
async function shownLines() {
  const rows = rowsOf(body);
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
  const n = rowsOf(body).length;
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

function follow() {
  let paused = false;
  let held = null;
  let busy = false;
  let again = false;

  const say = () => {
    if (!paused) state.textContent = "Following: the newest first.";
    else {
      const newest = Math.max(0, ...rowsOf(body).map(seqOf));
      const n = held ? rowsOf(held).filter((row) => seqOf(row) > newest).length : 0;
      const word = n >= limit ? `${limit} or more` : n;
      state.textContent = n ? `Paused: ${word} new held back.` : "Paused.";
    }
  };

  const put = (next) => {
    const known = new Map(rowsOf(body).map((row) => [row.id, row]));
    const rows = rowsOf(next).map((row) => known.get(row.id) || document.importNode(row, true));
    if (rows.length === 0) return;
    const focused = document.activeElement;
    rows.forEach((row, i) => {
      if (body.children[i] !== row) body.insertBefore(row, body.children[i] || null);
    });
    while (body.children.length > rows.length) body.lastElementChild.remove();
    if (focused !== document.activeElement && document.contains(focused)) focused.focus({ preventScroll: true });
    const lines = next.getElementById("tail-file");
    if (file && lines) file.href = lines.getAttribute("href");
    const stages = next.getElementById("stages");
    if (stages) document.getElementById("stages").replaceChildren(...[...stages.childNodes].map((n) => document.importNode(n, true)));
  };

  const fetchRows = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const next = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (paused) held = next;
        else put(next);
        say();
      }
    } catch {
      // The next event, or the page's own watch, asks again.
    } finally {
      busy = false;
      if (again) setTimeout(fetchRows, 200);
    }
  };

  let timer = 0;
  new MutationObserver(() => {
    if (timer) return;
    timer = setTimeout(() => {
      timer = 0;
      fetchRows();
    }, 100);
  }).observe(document.getElementById("main"), { attributeFilter: ["data-seq"] });

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", paused);
    pause.textContent = paused ? "Resume" : "Pause";
    if (!paused && held) put(held);
    held = null;
    say();
  });
  say();
}

document.getElementById("tail-copy").addEventListener("click", () => copy(shownText()));
document.getElementById("tail-lines").addEventListener("click", () =>
  shownLines().then(copy, () => {
    state.textContent = "The agent does not answer: nothing was copied.";
  }),
);
document.getElementById("tail-copy").hidden = false;
document.getElementById("tail-lines").hidden = false;
if (tools.dataset.tail) follow();
