// Searching without leaving the page: form[data-search].
import { refresh } from "./refresh.js";

let typing = 0;
function search(form) {
  const query = new URLSearchParams([...new FormData(form)].filter(([, v]) => v !== ""));
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? "?" + text : ""));
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
